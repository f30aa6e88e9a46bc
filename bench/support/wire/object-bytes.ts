import { create, toBinary } from "@bufbuild/protobuf";
import {
  DownloadObjectRequestSchema,
  UploadObjectRequestSchema,
} from "../../../src/gen/oaktree/v1/object_store_pb.js";
import { type Protocol, receive, send } from "./streams.ts";

/** Where an object is. */
export interface ObjectPlace {
  readonly container: string;
  readonly name: string;
}

const service = "/oaktree.v1.ObjectStoreService";
const data = toBinary(
  UploadObjectRequestSchema,
  create(UploadObjectRequestSchema, { part: { case: "data", value: new Uint8Array(1024 * 1024) } }),
);

/** Downloads an object through Oaktree. @throws Error when other than `size` bytes come. */
export async function downloadObject(
  port: number,
  protocol: Protocol,
  size: number,
  place: ObjectPlace,
): Promise<void> {
  const first = toBinary(DownloadObjectRequestSchema, create(DownloadObjectRequestSchema, { ...place }));
  await receive({ port, protocol, path: `${service}/DownloadObject`, first, size });
}

/** Uploads an object through Oaktree, in messages of 1 MiB. @throws Error when it is not answered with a message. */
export async function uploadObject(
  port: number,
  protocol: Protocol,
  size: number,
  place: ObjectPlace,
): Promise<void> {
  const object = { ...place, sizeBytes: BigInt(size) };
  const first = toBinary(
    UploadObjectRequestSchema,
    create(UploadObjectRequestSchema, { part: { case: "object", value: object } }),
  );
  await send({ port, protocol, path: `${service}/UploadObject`, first, data, size });
}
