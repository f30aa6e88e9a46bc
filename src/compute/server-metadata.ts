import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { join, literalPath, path } from "../cloud/path.ts";
import type { Call } from "../cloud/region.ts";
import {
  type DeleteServerMetadataRequest,
  type DeleteServerMetadataResponse,
  DeleteServerMetadataResponseSchema,
  type ServerSchema,
  type SetServerMetadataRequest,
  type SetServerMetadataResponse,
  SetServerMetadataResponseSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { refuseMarks } from "./server-marks.ts";

/** Changes what users write on servers, and keeps them from what Oaktree writes there. */
export class ServerMetadata {
  readonly #servers: ResourceClient<typeof ServerSchema>;

  /** Works through the engine's servers. */
  constructor(servers: ResourceClient<typeof ServerSchema>) {
    this.#servers = servers;
  }

  /** `SetServerMetadata`. */
  readonly set = async (
    { location, nameOrId, metadata }: SetServerMetadataRequest,
    call: Call,
  ): Promise<SetServerMetadataResponse> => {
    refuseMarks(metadata, []);
    const region = await oneRegion(call, location);
    await this.#servers.withId(nameOrId, region, call, (id) =>
      this.#servers.send(
        {
          method: "POST",
          path: join(this.#servers.pathOf(id), literalPath("/metadata")),
          body: { metadata },
        },
        region,
        call,
      ),
    );
    return create(SetServerMetadataResponseSchema);
  };

  /** `DeleteServerMetadata`: one call a key, as Nova has it. */
  readonly delete = async (
    { location, nameOrId, keys, allowMissing }: DeleteServerMetadataRequest,
    call: Call,
  ): Promise<DeleteServerMetadataResponse> => {
    refuseMarks(Object.fromEntries(keys.map((key) => [key, ""])), []);
    const region = await oneRegion(call, location);
    const unlessMissing = async (work: Promise<unknown>) => {
      try {
        await work;
      } catch (error) {
        if (!(allowMissing && isFault(error, "NOT_FOUND"))) {
          throw error;
        }
      }
    };
    await unlessMissing(
      this.#servers.find(nameOrId, region, call).then(async ({ id }) => {
        for (const key of new Set(keys)) {
          const below = join(this.#servers.pathOf(id), path`/metadata/${key}`);
          await unlessMissing(this.#servers.send({ method: "DELETE", path: below }, region, call));
        }
      }),
    );
    return create(DeleteServerMetadataResponseSchema);
  };
}
