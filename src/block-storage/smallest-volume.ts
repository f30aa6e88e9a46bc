import type { JsonObject } from "../cloud/json.ts";

const bytesPerGib = 2 ** 30;

/** The smallest volume, in GiB, that an image fits into: Cinder refuses smaller ones. */
export function smallestVolume(image: JsonObject): number {
  const bytes = Number(image.virtual_size ?? image.size ?? 0);
  return Math.max(1, Number(image.min_disk ?? 0), Math.ceil(bytes / bytesPerGib));
}
