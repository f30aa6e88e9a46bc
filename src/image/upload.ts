import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { join, literalPath } from "../cloud/path.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { type Image, type ImageSchema, type NewImage, NewImageSchema } from "../gen/oaktree/v1/image_pb.js";
import { compileEncoder } from "../rest/encode.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { CheckedSource } from "../transfer/checked-source.ts";
import { makingScope } from "../transfer/clean-up.ts";
import { uploadFault } from "../transfer/upload-fault.ts";
import type { PassingBytes } from "../wire/passing-bytes.ts";
import { findDuplicate, originOf } from "./duplicates.ts";
import { removeImage } from "./remove.ts";

/** How often an image is looked at that is not ready after its last byte. */
const pollMs = 1_000;

/** Fields that tell what to do, and are not sent. */
const steering = ["size_bytes", "sha256", "md5", "allow_duplicates", "keep_vendor_agent"];

/** What an upload has come to. */
export interface UploadedImage {
  /** The image. */
  readonly image: Image;
  /** It was there already, and nothing was sent. */
  readonly isExisting: boolean;
}

/** Makes images and fills them with bytes. */
export class ImageUpload {
  readonly #images: ResourceClient<typeof ImageSchema>;
  readonly #encode;

  /** Makes an upload for the images of any region. */
  constructor(images: ResourceClient<typeof ImageSchema>) {
    this.#images = images;
    this.#encode = compileEncoder(NewImageSchema, images.table, steering);
  }

  /** Makes an image without bytes. Glance takes an id that is chosen for it (glance/api/v2/images.py). */
  async create(image: NewImage, region: Region, scope: CallScope, id?: string): Promise<JsonObject> {
    const { body } = await this.#encode(image, () =>
      Promise.reject(new Error("images name no other resource")),
    );
    const imageFormat = region.settings.image_format;
    body.disk_format ??= typeof imageFormat === "string" ? imageFormat : "qcow2";
    body.container_format ??= "bare";
    const added = { ...originOf(image), ...(image.keepVendorAgent ? {} : vendorAgentOff(region)) };
    for (const [key, value] of Object.entries(added)) {
      body[key] ??= value;
    }
    if (id !== undefined) {
      body.id = id;
    }
    const request = { method: "POST", path: this.#images.table.path, body } as const;
    return this.#images.objectIn(await this.#images.send(request, region, scope), [], region);
  }

  /**
   * Makes an image and sends its bytes. If anything goes wrong, no image is left. An
   * image that is there already with an announced digest is answered instead.
   */
  async upload(
    image: NewImage,
    bytes: AsyncIterable<PassingBytes>,
    region: Region,
    scope: CallScope,
  ): Promise<UploadedImage> {
    const duplicate = await findDuplicate(this.#images, image, region, scope);
    if (duplicate !== undefined) {
      return { image: await this.#images.message(duplicate, region, scope), isExisting: true };
    }
    const created = await this.#createOrNothing(image, region, scope);
    const id = String(created.id);
    // Glance's multihash, since Rocky, is sha512 unless its operator chose another
    // ([DEFAULT] hashing_algorithm); before that there is MD5 alone.
    const source = new CheckedSource(bytes, image, "os_hash_algo" in created ? "sha512" : "md5");
    try {
      await this.#send(id, source, image, region, scope);
      const raw = await this.#ready(id, region, scope);
      await compare(raw, source);
      return { image: await this.#images.message(raw, region, scope), isExisting: false };
    } catch (error) {
      await removeImage(this.#images, id, region);
      const cause =
        source.isDone && isFault(error, "CREDENTIAL_INVALID")
          ? new Fault(
              "OUTCOME_UNKNOWN",
              "the token ended during the upload: the cloud has the image, but nobody may compare its bytes",
              { metadata: error.metadata, cause: error },
            )
          : uploadFault(error, source);
      throw cause instanceof Fault ? cause.with({ resourceId: id }) : cause;
    } finally {
      source.close();
    }
  }

  /** Nothing is left of an image whose making was not answered: its id is chosen before. */
  async #createOrNothing(image: NewImage, region: Region, scope: CallScope): Promise<JsonObject> {
    const id = randomUUID();
    try {
      return await this.create(image, region, makingScope(scope), id);
    } catch (error) {
      if (isFault(error, "OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED", "CANCELLED")) {
        await removeImage(this.#images, id, region);
      }
      throw error;
    }
  }

  async #send(
    id: string,
    source: CheckedSource,
    image: NewImage,
    region: Region,
    scope: CallScope,
  ): Promise<void> {
    const { body } = await region.transfer(
      {
        service: this.#images.table.options.service,
        method: "PUT",
        path: join(this.#images.pathOf(id), literalPath("/file")),
        contentType: "application/octet-stream",
        source,
        ...(image.sizeBytes === undefined
          ? {}
          : {
              size: Number(image.sizeBytes),
              headers: { "x-openstack-image-size": String(image.sizeBytes) },
            }),
      },
      scope,
    );
    for await (const _ of body) {
      // 204 has no body; whatever comes is read so that the connection is free again.
    }
  }

  /** Waits until the image is neither queued nor saving, as shade does; mostly it is active at once. */
  async #ready(id: string, region: Region, scope: CallScope): Promise<JsonObject> {
    for (;;) {
      const raw = await this.#images.get(id, region, scope);
      if (raw.status === "killed" || raw.status === "deleted") {
        throw new Fault("RESOURCE_FAULT", `image ${id} became ${raw.status} after its upload`);
      }
      if (raw.status !== "queued" && raw.status !== "saving") {
        return raw;
      }
      await pause(pollMs, undefined, { signal: scope.signal });
    }
  }
}

/** The properties by which the cloud's settings turn its vendor's agent off; Glance takes text only. */
function vendorAgentOff({ settings }: Region): JsonObject {
  const agent = settings.disable_vendor_agent;
  if (!isObject(agent)) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(agent)
      .filter(([, value]) => value !== null && typeof value !== "object")
      // As Python writes them: what openstacksdk sends, and hypervisors read.
      .map(([key, value]) => [key, value === true ? "True" : value === false ? "False" : String(value)]),
  );
}

/** @throws Fault `DATA_MISMATCH` when the cloud holds other bytes than were sent. */
async function compare(raw: JsonObject, source: CheckedSource): Promise<void> {
  const [algorithm, theirs] =
    "os_hash_algo" in raw ? [raw.os_hash_algo, raw.os_hash_value] : ["md5", raw.checksum];
  // Another one than expected is the operator's choice, and known only now.
  if (algorithm === source.algorithm && typeof theirs === "string") {
    const ours = await source.digest(source.algorithm);
    if (theirs !== ours) {
      throw new Fault(
        "DATA_MISMATCH",
        `the cloud's ${algorithm} ${theirs} is not that of the bytes sent, ${ours}`,
      );
    }
  }
  if (typeof raw.size === "number" && raw.size !== source.size) {
    throw new Fault(
      "DATA_MISMATCH",
      `the cloud holds ${raw.size} bytes of the ${source.size} that were sent`,
    );
  }
}
