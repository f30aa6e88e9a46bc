import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { join, literalPath } from "../cloud/path.ts";
import type { Call, Region, RestAnswer } from "../cloud/region.ts";
import {
  type CreateImageSnapshotRequest,
  type CreateImageSnapshotResponse,
  CreateImageSnapshotResponseSchema,
  type ServerSchema,
  type WaitForImageSnapshotRequest,
  type WaitForImageSnapshotResponse,
  WaitForImageSnapshotResponseSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { ImageSchema } from "../gen/oaktree/v1/image_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import type { ServerPolls, Sighting } from "./server-polls.ts";

/** Makes images of servers' disks, and waits for them. */
export class ImageSnapshots {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  readonly #images: ResourceClient<typeof ImageSchema>;
  readonly #polls: ServerPolls;

  /** Works through the engine's resources, and the polls of all who wait for servers. */
  constructor(
    servers: ResourceClient<typeof ServerSchema>,
    images: ResourceClient<typeof ImageSchema>,
    polls: ServerPolls,
  ) {
    this.#servers = servers;
    this.#images = images;
    this.#polls = polls;
  }

  /** `CreateImageSnapshot`. */
  readonly create = async (
    { location, nameOrId, name, metadata }: CreateImageSnapshotRequest,
    call: Call,
  ): Promise<CreateImageSnapshotResponse> => {
    const region = await oneRegion(call, location);
    const answer = await this.#servers.withId(nameOrId, region, call, (id) =>
      this.#servers.send(
        {
          method: "POST",
          path: join(this.#servers.pathOf(id), literalPath("/action")),
          body: { createImage: { name, metadata } },
        },
        region,
        call,
      ),
    );
    return create(CreateImageSnapshotResponseSchema, { imageId: imageIdIn(answer, region) });
  };

  /**
   * `WaitForImageSnapshot`. The server's task says whether Nova still works at it;
   * the image alone does not: a driver that fails may leave it queued. So the
   * image is read once the task has ended, and that reading is the last word.
   */
  readonly wait = async (
    { location, nameOrId, imageId }: WaitForImageSnapshotRequest,
    call: Call,
  ): Promise<WaitForImageSnapshotResponse> => {
    const region = await oneRegion(call, location);
    const image = await this.#image(imageId, region, call);
    if (image.status === "active") {
      return create(WaitForImageSnapshotResponseSchema, {
        image: await this.#images.message(image, region, call),
      });
    }
    const { id, raw } = await this.#servers.find(nameOrId, region, call);
    if (isSnapshotting(raw)) {
      for await (const sighting of this.#polls.watch(id, region, call)) {
        if (!isSnapshotting(sighting)) {
          break;
        }
      }
    }
    const last = await this.#image(imageId, region, call);
    if (last.status !== "active") {
      throw failed(
        imageId,
        region,
        `is still ${last.status} although the cloud no longer works at it: the snapshot of server ${id} failed`,
      );
    }
    return create(WaitForImageSnapshotResponseSchema, {
      image: await this.#images.message(last, region, call),
    });
  };

  async #image(id: string, region: Region, call: Call) {
    try {
      return await this.#images.get(id, region, call);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        throw failed(id, region, "is not there: the snapshot failed, or the image was deleted", error);
      }
      throw error;
    }
  }
}

/** The task states of a snapshot: image_snapshot_pending, image_snapshot, image_pending_upload, image_uploading (nova/compute/task_states.py). */
function isSnapshotting(sighting: Sighting): boolean {
  return sighting !== "gone" && String(sighting["OS-EXT-STS:task_state"] ?? "").startsWith("image_");
}

/** Before 2.45 the id is the last segment of Location, whose host is often one of the cloud's inside. */
function imageIdIn({ body, headers }: RestAnswer, region: Region): string {
  const { location } = headers;
  const id =
    isObject(body) && typeof body.image_id === "string"
      ? body.image_id
      : typeof location === "string"
        ? location.split("/").at(-1)
        : undefined;
  if (id === undefined || id === "") {
    throw new Fault("UPSTREAM_GARBAGE", `the compute service of ${region.cloud} answered no image id`, {
      metadata: { cloud: region.cloud, region: region.name, service: "compute" },
    });
  }
  return id;
}

function failed(id: string, region: Region, words: string, cause?: unknown): Fault {
  return new Fault("RESOURCE_FAULT", `image ${id} ${words}`, {
    metadata: { cloud: region.cloud, region: region.name, service: "image", resourceId: id },
    cause,
  });
}
