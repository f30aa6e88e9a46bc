import { findServer, mayWrite, type NovaCall, NovaError, type NovaHandler, since } from "./call.ts";
import { checkTags } from "./create.ts";

/** Tags of servers, from 2.26 on. They do not touch the server's time of change. */
export const tagRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /servers/:id/tags": since(26, (call) => ({ status: 200, json: { tags: [...findServer(call).tags] } })),
  "PUT /servers/:id/tags": since(26, async (call) => {
    const server = findServer(call);
    mayWrite(call, "os-server-tags:update_all");
    const { tags } = await call.json();
    if (tags === undefined) {
      throw new NovaError(400, "'tags' is a required property");
    }
    server.tags = checkTags(tags).sort();
    return { status: 200, json: { tags: [...server.tags] } };
  }),
  "DELETE /servers/:id/tags": since(26, (call) => {
    const server = findServer(call);
    mayWrite(call, "os-server-tags:delete_all");
    server.tags = [];
    return { status: 204 };
  }),
  "GET /servers/:id/tags/:tag": since(26, (call) => {
    present(call);
    return { status: 204 };
  }),
  "PUT /servers/:id/tags/:tag": since(26, (call) => {
    const server = findServer(call);
    mayWrite(call, "os-server-tags:update");
    const tag = call.request.params.tag ?? "";
    if (server.tags.includes(tag)) {
      return { status: 204 };
    }
    server.tags = checkTags([...server.tags, tag]).sort();
    const location = `${call.url}/servers/${server.id}/tags/${encodeURIComponent(tag)}`;
    return { status: 201, headers: { location } };
  }),
  "DELETE /servers/:id/tags/:tag": since(26, (call) => {
    const tag = present(call);
    const server = findServer(call);
    mayWrite(call, "os-server-tags:delete");
    server.tags = server.tags.filter((each) => each !== tag);
    return { status: 204 };
  }),
};

function present(call: NovaCall): string {
  const server = findServer(call);
  const tag = call.request.params.tag ?? "";
  if (!server.tags.includes(tag)) {
    throw new NovaError(404, `Server ${server.id} has no tag '${tag}'`);
  }
  return tag;
}
