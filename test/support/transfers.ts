import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { ImageService, NewImageSchema } from "../../src/gen/oaktree/v1/image_pb.js";
import type {
  NewObjectSchema,
  ObjectStoreService,
  StorageObject,
} from "../../src/gen/oaktree/v1/object_store_pb.js";

/** Where a call goes. */
type Location = { readonly cloud: string; readonly region: string };

/** The messages of an object's upload. */
export async function* objectUpload(
  location: Location,
  object: MessageInitShape<typeof NewObjectSchema>,
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
) {
  yield { location, part: { case: "object" as const, value: object } };
  for await (const value of bytes) {
    yield { part: { case: "data" as const, value } };
  }
}

/** The messages of an image's upload. */
export async function* imageUpload(
  location: Location,
  image: MessageInitShape<typeof NewImageSchema>,
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
) {
  yield { location, part: { case: "image" as const, value: image } };
  for await (const value of bytes) {
    yield { part: { case: "data" as const, value } };
  }
}

/** Downloads an object whole. */
export async function downloadedObject(
  objects: Client<typeof ObjectStoreService>,
  request: Parameters<Client<typeof ObjectStoreService>["downloadObject"]>[0],
) {
  const chunks: Uint8Array[] = [];
  let object: StorageObject | undefined;
  let digest: { algorithm: string; value: string; isVerified: boolean } | undefined;
  for await (const { part } of objects.downloadObject(request)) {
    if (part.case === "object") {
      object = part.value;
    } else if (part.case === "data") {
      chunks.push(part.value);
    } else if (part.case === "digest") {
      digest = part.value;
    }
  }
  return { object, digest, bytes: Buffer.concat(chunks) };
}

/** Downloads an image whole. */
export async function downloadedImage(
  images: Client<typeof ImageService>,
  request: Parameters<Client<typeof ImageService>["downloadImage"]>[0],
) {
  const chunks: Uint8Array[] = [];
  let digest: { algorithm: string; value: string; isVerified: boolean } | undefined;
  for await (const { part } of images.downloadImage(request)) {
    if (part.case === "data") {
      chunks.push(part.value);
    } else if (part.case === "digest") {
      digest = part.value;
    }
  }
  return { digest, bytes: Buffer.concat(chunks) };
}

/** A container of the test's own, which goes away with all that is in it. */
export async function ownContainer(
  t: { teardown(fn: () => unknown): void },
  objects: Client<typeof ObjectStoreService>,
  location: Location,
  name: string,
): Promise<string> {
  await objects.createContainer({ location, name });
  t.teardown(async () => {
    const { objects: left } = await objects.listObjects({ location, container: name });
    for (const object of left) {
      await objects.deleteObject({ location, container: name, name: object.name, allowMissing: true });
    }
    await objects.deleteContainer({ location, nameOrId: name, allowMissing: true });
  });
  return name;
}
