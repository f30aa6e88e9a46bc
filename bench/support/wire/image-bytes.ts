import { create, toBinary } from "@bufbuild/protobuf";
import {
  DownloadImageRequestSchema,
  UploadImageRequestSchema,
} from "../../../src/gen/oaktree/v1/image_pb.js";
import { imageId } from "../canned-glance.ts";
import { type Protocol, receive, send, type TransferOptions } from "./streams.ts";

const service = "/oaktree.v1.ImageService";
const data = toBinary(
  UploadImageRequestSchema,
  create(UploadImageRequestSchema, { part: { case: "data", value: new Uint8Array(1024 * 1024) } }),
);

/** Downloads an image through Oaktree. @throws Error when other than `size` bytes come. */
export async function download(
  port: number,
  protocol: Protocol,
  size: number,
  { image = imageId, ...options }: TransferOptions & { readonly image?: string } = {},
): Promise<void> {
  const first = toBinary(DownloadImageRequestSchema, create(DownloadImageRequestSchema, { nameOrId: image }));
  await receive({ port, protocol, path: `${service}/DownloadImage`, first, size, ...options });
}

/** Uploads an image through Oaktree, in messages of 1 MiB. @throws Error when it is not answered with a message. */
export async function upload(
  port: number,
  protocol: Protocol,
  size: number,
  { name = "bench", ...options }: TransferOptions & { readonly name?: string } = {},
): Promise<void> {
  const image = { name, diskFormat: "raw", sizeBytes: BigInt(size) };
  const first = toBinary(
    UploadImageRequestSchema,
    create(UploadImageRequestSchema, { part: { case: "image", value: image } }),
  );
  await send({ port, protocol, path: `${service}/UploadImage`, first, data, size, ...options });
}
