import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { ByteRequest } from "../../src/cloud/region.ts";
import {
  type UploadImageRequest,
  UploadImageRequestSchema,
  type UploadImageResponse,
} from "../../src/gen/oaktree/v1/image_pb.js";
import type { ClientStreamHandler } from "../../src/rest/handler.ts";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
type Part = UploadImageRequest["part"];

/** A Glance that holds one image; `tamper` is what it stores instead of the bytes. */
class Glance extends FakeRegion {
  stored: Buffer | undefined;
  /** What it was asked to make. */
  created: { id?: string } | undefined;
  /** The id that it was asked to delete. */
  deletedId: string | undefined;
  tamper: (bytes: Buffer) => Buffer = (bytes) => bytes;
  override readonly settings = { image_format: "raw" };

  constructor() {
    super(({ method, path, body }) => {
      if (method === "GET" && path === "/images") {
        return { images: [] };
      }
      if (method === "DELETE") {
        this.deletedId = path.split("/").at(-1);
        return undefined;
      }
      if (method === "POST") {
        this.created = body as object;
      }
      const hash = createHash("sha512")
        .update(this.stored ?? "")
        .digest("hex");
      return {
        id: this.created?.id ?? "",
        name: "i",
        status: "active",
        size: this.stored?.length ?? 0,
        os_hash_algo: "sha512",
        os_hash_value: hash,
      };
    });
    this.bytes = async ({ source }: ByteRequest) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source ?? []) {
        chunks.push(chunk);
      }
      this.stored = this.tamper(Buffer.concat(chunks));
      return { status: 204, headers: {}, body: (async function* () {})() };
    };
  }
}

function upload(glance: Glance, parts: Part[], call = callTo(glance)) {
  const handler = api().handlers.get("oaktree.v1.ImageService.UploadImage") as ClientStreamHandler;
  async function* messages() {
    for (const part of parts) {
      yield create(UploadImageRequestSchema, { part });
    }
  }
  return handler(messages(), call) as Promise<UploadImageResponse>;
}

const image = (more: object = {}): Part => ({
  case: "image",
  value: { $typeName: "oaktree.v1.NewImage", name: "i", ...blank, ...more } as never,
});
const blank = {
  diskFormat: "",
  containerFormat: "",
  visibility: "",
  minDiskGib: 0n,
  minRamMib: 0n,
  isProtected: false,
  tags: [],
  properties: {},
  sha256: "",
  md5: "",
  allowDuplicates: false,
  keepVendorAgent: false,
};
const data = (text: string): Part => ({ case: "data", value: Buffer.from(text) });

t.test("bytes arrive in order, and the answer is the image", async (t) => {
  const glance = new Glance();
  const answer = await upload(glance, [
    image({ properties: { os_type: "linux" } }),
    data("abc"),
    data("def"),
  ]);
  t.equal(glance.stored?.toString(), "abcdef");
  t.match(glance.created?.id, uuid);
  t.strictSame(glance.created, {
    id: glance.created?.id,
    name: "i",
    disk_format: "raw",
    container_format: "bare",
    os_type: "linux",
    "owner_specified.openstack.md5": "",
    "owner_specified.openstack.sha256": "",
    "owner_specified.openstack.object": "images/i",
  });
  t.match(answer.image, { id: glance.created?.id, sizeBytes: 6n });
  t.equal(glance.deletedId, undefined);
});

t.test("an image may have no bytes at all", async (t) => {
  const glance = new Glance();
  await upload(glance, [image({ sizeBytes: 0n })]);
  t.equal(glance.stored?.length, 0);
});

const sha256 = createHash("sha256").update("abc").digest("hex");
t.test("what was announced is what must come", async (t) => {
  await t.resolves(
    upload(new Glance(), [image({ sizeBytes: 3n, sha256: sha256.toUpperCase() }), data("abc")]),
  );
  const wrong: [string, Part[]][] = [
    ["fewer bytes", [image({ sizeBytes: 4n }), data("abc")]],
    ["more bytes", [image({ sizeBytes: 2n }), data("abc")]],
    ["another digest", [image({ sha256 }), data("abd")]],
  ];
  for (const [what, parts] of wrong) {
    const glance = new Glance();
    await t.rejects(upload(glance, parts), fault("DATA_MISMATCH", { resourceId: uuid }), what);
    t.match(glance.deletedId, glance.created?.id, `${what}: nothing is kept`);
  }
});

t.test("bytes that changed on the way are found out, and removed", async (t) => {
  const glance = new Glance();
  glance.tamper = (bytes) => Buffer.from(bytes.toString().replace("b", "x"));
  await t.rejects(upload(glance, [image(), data("abc")]), fault("DATA_MISMATCH"));
  t.equal(glance.deletedId, glance.created?.id);
});

t.test("messages out of order are refused, and leave nothing", async (t) => {
  for (const parts of [[], [data("abc")]]) {
    const glance = new Glance();
    await t.rejects(upload(glance, parts), fault("INVALID_REQUEST"));
    t.equal(glance.created, undefined);
  }
  const glance = new Glance();
  await t.rejects(upload(glance, [image(), data("a"), image()]), fault("INVALID_REQUEST"));
  t.equal(glance.deletedId, glance.created?.id);
});

t.test("when the cloud refuses, its reason is what the caller sees", async (t) => {
  const glance = new Glance();
  glance.bytes = () => Promise.reject(new Fault("QUOTA_EXCEEDED", "image_size_total"));
  await t.rejects(upload(glance, [image(), data("abc")]), fault("QUOTA_EXCEEDED", { resourceId: uuid }));
  t.equal(glance.deletedId, glance.created?.id);
});

t.test("a caller that leaves while the image is made leaves no image", async (t) => {
  const glance = new Glance();
  const leaving = new AbortController();
  const send = glance.send.bind(glance);
  glance.send = async (request, scope) => {
    const answer = await send(request, scope);
    if (request.method === "POST") {
      leaving.abort();
      // What a request does whose signal has come: the answer is not heard.
      scope.signal.throwIfAborted();
    }
    return answer;
  };
  glance.bytes = () => Promise.reject(leaving.signal.reason);
  await t.rejects(upload(glance, [image(), data("abc")], { ...callTo(glance), signal: leaving.signal }));
  t.match(glance.created?.id, uuid);
  t.equal(glance.deletedId, glance.created?.id);
});

t.test("an answer that was lost leaves no image either", async (t) => {
  const glance = new Glance();
  const send = glance.send.bind(glance);
  glance.send = async (request, scope) => {
    const answer = await send(request, scope);
    if (request.method === "POST") {
      throw new Fault("OUTCOME_UNKNOWN", "the connection broke");
    }
    return answer;
  };
  await t.rejects(upload(glance, [image(), data("abc")]), fault("OUTCOME_UNKNOWN"));
  t.match(glance.created?.id, uuid);
  t.equal(glance.deletedId, glance.created?.id);
});
