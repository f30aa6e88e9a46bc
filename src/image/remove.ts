import { setTimeout as pause } from "node:timers/promises";
import { isFault } from "../cloud/fault.ts";
import type { Region } from "../cloud/region.ts";
import type { ImageSchema } from "../gen/oaktree/v1/image_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { cleanUpScope } from "../transfer/clean-up.ts";

/** How often a cloud that is away is tried again, and how many times: ten minutes in all. */
const againMs = 2_000;
const tries = 300;

/** Images that wait for their cloud at once; what is more than that stays behind. */
const maxWaiting = 100;
let waiting = 0;

/**
 * Deletes a half-made image, also when its caller is gone. While the cloud is away
 * it is tried again behind the scenes; an Oaktree that ends meanwhile leaves it.
 */
export async function removeImage(
  images: ResourceClient<typeof ImageSchema>,
  id: string,
  region: Region,
): Promise<void> {
  // What made the upload fail is what the caller must see; it carries the image's id.
  if (await isDone(images, id, region)) {
    return;
  }
  if (waiting < maxWaiting) {
    waiting++;
    void again(images, id, region).finally(() => {
      waiting--;
    });
  }
}

async function again(images: ResourceClient<typeof ImageSchema>, id: string, region: Region): Promise<void> {
  for (let count = 0; count < tries; count++) {
    await pause(againMs, undefined, { ref: false });
    if (await isDone(images, id, region)) {
      return;
    }
  }
}

/** Whether there is nothing more to do: the image is gone, or cannot be deleted at all. */
async function isDone(
  images: ResourceClient<typeof ImageSchema>,
  id: string,
  region: Region,
): Promise<boolean> {
  try {
    await images.send({ method: "DELETE", path: images.pathOf(id) }, region, cleanUpScope());
    return true;
  } catch (error) {
    return !isFault(
      error,
      "UPSTREAM_UNAVAILABLE",
      "UPSTREAM_ERROR",
      "OUTCOME_UNKNOWN",
      "DEADLINE_EXCEEDED",
      "CONFLICT",
    );
  }
}
