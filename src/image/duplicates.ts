import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ImageSchema, NewImage } from "../gen/oaktree/v1/image_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";

/** The properties under which openstacksdk, and Oaktree with it, keep an image's digests and origin. */
const today = "owner_specified.openstack";

/** Those under which shade kept them. */
const former = "owner_specified.shade";

/**
 * The properties that let a later upload of the same bytes find this image. Always
 * all three, as shade does: `object` is where a cloud that imports by way of Swift
 * has the bytes.
 */
export function originOf({ name, md5, sha256 }: NewImage): JsonObject {
  return {
    [`${today}.md5`]: md5.toLowerCase(),
    [`${today}.sha256`]: sha256.toLowerCase(),
    [`${today}.object`]: `images/${name}`,
  };
}

/**
 * An active image of the same name with the same bytes: one announced digest agrees
 * and none differs. Hidden images count too. Without announced digests there is none.
 */
export async function findDuplicate(
  images: ResourceClient<typeof ImageSchema>,
  wanted: NewImage,
  region: Region,
  scope: CallScope,
): Promise<JsonObject | undefined> {
  if (wanted.allowDuplicates || (wanted.md5 === "" && wanted.sha256 === "")) {
    return undefined;
  }
  for (const hidden of ["false", "true"]) {
    const query = { name: wanted.name, os_hidden: hidden };
    for await (const page of images.pages({ query, limit: 1000 }, region, scope)) {
      const found = page.objects.find((raw) => isSame(raw, wanted));
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

function isSame(raw: JsonObject, wanted: NewImage): boolean {
  // A half-made image has the properties, but not the bytes.
  if (raw.name !== wanted.name || raw.status !== "active") {
    return false;
  }
  const compared = (["md5", "sha256"] as const)
    .filter((algorithm) => wanted[algorithm] !== "")
    .map((algorithm) => {
      const kept = [raw[`${today}.${algorithm}`], raw[`${former}.${algorithm}`]];
      // Glance's own MD5 of the bytes says most.
      const known = (algorithm === "md5" ? [raw.checksum, ...kept] : kept).find(
        (value) => typeof value === "string" && value !== "",
      );
      return known === undefined
        ? undefined
        : String(known).toLowerCase() === wanted[algorithm].toLowerCase();
    })
    .filter((agrees) => agrees !== undefined);
  return compared.length > 0 && compared.every(Boolean);
}
