import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import t from "tap";
import { DownloadImageRequestSchema, type DownloadImageResponse } from "../../src/gen/oaktree/v1/image_pb.js";
import type { ServerStreamHandler } from "../../src/rest/handler.ts";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const id = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";

function glance(chunks: Uint8Array[], image: object, status = 200) {
  const region = new FakeRegion(() => ({ id, status: "active", ...image }));
  region.bytes = async () => ({
    status,
    headers: {},
    body: (async function* () {
      yield* chunks;
    })(),
  });
  return region;
}

async function download(region: FakeRegion): Promise<DownloadImageResponse["part"][]> {
  const handler = api().handlers.get("oaktree.v1.ImageService.DownloadImage") as ServerStreamHandler;
  const parts: DownloadImageResponse["part"][] = [];
  for await (const message of handler(create(DownloadImageRequestSchema, { nameOrId: id }), callTo(region))) {
    parts.push((message as DownloadImageResponse).part);
  }
  return parts;
}

const big = Buffer.alloc(2_500_000, "oak");
const chunks = [big.subarray(0, 10), big.subarray(10)];
const digest = (algorithm: string) => createHash(algorithm).update(big).digest("hex");

t.test("the image comes first, its bytes in messages of 1 MiB at most, the digest last", async (t) => {
  const image = { size: big.length, os_hash_algo: "sha512", os_hash_value: digest("sha512") };
  const parts = await download(glance(chunks, image));
  t.match(parts[0], { case: "image", value: { id } });
  t.match(parts.at(-1), { case: "digest", value: { algorithm: "sha512", value: digest("sha512") } });
  const data = parts.flatMap((part) => (part.case === "data" ? [part.value] : []));
  t.ok(Buffer.concat(data).equals(big));
  t.ok(data.every(({ length }) => length <= 1024 * 1024));
});

t.test("clouds before Rocky have MD5 only", async (t) => {
  t.match((await download(glance(chunks, { checksum: digest("md5") }))).at(-1), {
    case: "digest",
    value: { algorithm: "md5" },
  });
});

t.test("other bytes, or fewer, end in DATA_MISMATCH", async (t) => {
  await t.rejects(
    download(glance(chunks, { checksum: "0".repeat(32) })),
    fault("DATA_MISMATCH", { resourceId: id }),
  );
  await t.rejects(download(glance(chunks, { size: big.length + 1 })), fault("DATA_MISMATCH"));
});

t.test("an image without bytes says so", async (t) => {
  await t.rejects(download(glance([], { status: "queued" }, 204)), fault("NO_DATA", { resourceId: id }));
});
