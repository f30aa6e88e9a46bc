import { findServer, mayWrite, type NovaCall, NovaError, type NovaHandler } from "./call.ts";
import { anything, checked, checkMetadata } from "./schema.ts";

/** Metadata of servers. */
export const metadataRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /servers/:id/metadata": (call) => ({
    status: 200,
    json: { metadata: { ...findServer(call).metadata } },
  }),
  "POST /servers/:id/metadata": async (call) => {
    const server = findServer(call);
    mayWrite(call, "server-metadata:create");
    const given = checkMetadata((await call.json()).metadata ?? null);
    server.metadata = limited({ ...server.metadata, ...given });
    return { status: 200, json: { metadata: { ...server.metadata } } };
  },
  "PUT /servers/:id/metadata": async (call) => {
    const server = findServer(call);
    mayWrite(call, "server-metadata:update_all");
    server.metadata = limited(checkMetadata((await call.json()).metadata ?? null));
    return { status: 200, json: { metadata: { ...server.metadata } } };
  },
  "GET /servers/:id/metadata/:key": (call) => {
    const key = found(call);
    return { status: 200, json: { meta: { [key]: findServer(call).metadata[key] ?? "" } } };
  },
  "PUT /servers/:id/metadata/:key": async (call) => {
    const server = findServer(call);
    mayWrite(call, "server-metadata:update");
    const key = call.request.params.key ?? "";
    const given = checkMetadata(checked(await call.json(), "meta", { [key]: anything }));
    if (given[key] === undefined) {
      throw new NovaError(400, "Request body and URI mismatch");
    }
    server.metadata = limited({ ...server.metadata, ...given });
    return { status: 200, json: { meta: given } };
  },
  "DELETE /servers/:id/metadata/:key": (call) => {
    const server = findServer(call);
    mayWrite(call, "server-metadata:delete");
    delete server.metadata[found(call)];
    return { status: 204 };
  },
};

function found(call: NovaCall): string {
  const key = call.request.params.key ?? "";
  if (!Object.hasOwn(findServer(call).metadata, key)) {
    throw new NovaError(404, "Metadata item was not found");
  }
  return key;
}

function limited(metadata: Record<string, string>): Record<string, string> {
  if (Object.keys(metadata).length > 128) {
    throw new NovaError(403, "Maximum number of metadata items exceeds 128");
  }
  return metadata;
}
