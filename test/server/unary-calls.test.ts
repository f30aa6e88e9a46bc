// Unary calls are served without Connect where they come as nearly all do, and by Connect where not. A content type in
// other letters is as good, and Connect's: whatever a caller sends, both ways must say the same, to the byte.
import { once } from "node:events";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import {
  GetFlavorRequestSchema,
  ListFlavorsRequestSchema,
  ListFlavorsResponseSchema,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import { envelope } from "../transfer/pipelines.ts";
import { handlers, start, token } from "./harness.ts";

const path = (name: string) => `/oaktree.v1.ComputeService/${name}`;
const requestId = "req-00000000-0000-4000-8000-000000000000";

let served = 0;
const server = await start({
  handlers: handlers({
    "ComputeService.ListFlavors": async ({ pageSize }: { pageSize: number }) => {
      served += 1;
      return create(ListFlavorsResponseSchema, {
        flavors: Array.from({ length: pageSize }, (_, index) => ({
          id: String(index),
          name: `naïve "☃" ${index}`,
        })),
      });
    },
    "ComputeService.GetFlavor": async ({ nameOrId }: { nameOrId: string }) => {
      switch (nameOrId) {
        case "absent":
          throw new Fault("NOT_FOUND", "there is no flavor “absent”", { metadata: { cloud: "x" } });
        case "defect":
          throw new TypeError("not for callers");
        default:
          return { flavor: { name: nameOrId } };
      }
    },
  }),
});
t.teardown(() => server.close());

const session = connect(server.url);
t.teardown(() => session.destroy());

interface Said {
  readonly status: unknown;
  readonly headers: Record<string, unknown>;
  readonly trailers: Record<string, unknown>;
  readonly body: string;
}

async function say(name: string, headers: OutgoingHttpHeaders, body: Uint8Array): Promise<Said> {
  const stream = session.request({
    ":method": "POST",
    ":path": path(name),
    authorization: `Bearer ${token}`,
    "x-openstack-request-id": requestId,
    ...headers,
  });
  stream.end(body);
  let trailers = {};
  stream.on("trailers", (given) => {
    trailers = { ...given };
  });
  const closed = once(stream, "close");
  const [{ ":status": status, date: _, ...answered }] = await once(stream, "response");
  const chunks: Buffer[] = await stream.toArray();
  await closed;
  return { status, headers: answered, trailers, body: Buffer.concat(chunks).toString("base64") };
}

const types = {
  "application/json": { isJson: true, isFramed: false },
  "application/json; charset=utf-8": { isJson: true, isFramed: false },
  "application/proto": { isJson: false, isFramed: false },
  "application/grpc": { isJson: false, isFramed: true },
  "application/grpc+proto": { isJson: false, isFramed: true },
  "application/grpc+json": { isJson: true, isFramed: true },
  "application/grpc-web+proto": { isJson: false, isFramed: true },
  "application/grpc-web+json": { isJson: true, isFramed: true },
};

for (const [type, { isJson, isFramed }] of Object.entries(types)) {
  const get = (nameOrId: string) => {
    const message = create(GetFlavorRequestSchema, { nameOrId });
    return isJson
      ? Buffer.from(toJsonString(GetFlavorRequestSchema, message))
      : toBinary(GetFlavorRequestSchema, message);
  };
  const list = (pageSize: number) => {
    const message = create(ListFlavorsRequestSchema, { pageSize });
    return isJson
      ? Buffer.from(toJsonString(ListFlavorsRequestSchema, message))
      : toBinary(ListFlavorsRequestSchema, message);
  };
  const whole = (bytes: Uint8Array) => (isFramed ? envelope(bytes) : bytes);
  const accept = isFramed ? "grpc-accept-encoding" : "accept-encoding";
  const timeout = isFramed ? "grpc-timeout" : "connect-timeout-ms";
  const cases: Record<string, readonly [string, OutgoingHttpHeaders, Uint8Array]> = {
    "a small answer": ["ListFlavors", {}, whole(list(1))],
    "an empty answer": ["ListFlavors", {}, whole(list(0))],
    "no compression where it does not pay": ["ListFlavors", { [accept]: "gzip" }, whole(list(1))],
    "a long answer, compressed": [
      "ListFlavors",
      { [accept]: "deflate, gzip;q=0, br, gzip" },
      whole(list(200)),
    ],
    "a long answer, compressed otherwise": ["ListFlavors", { [accept]: "gzip,br" }, whole(list(200))],
    "a long answer to who takes no compression": ["ListFlavors", { [accept]: "identity" }, whole(list(200))],
    "an error of the cloud's": ["GetFlavor", {}, whole(get("absent"))],
    "a defect": ["GetFlavor", {}, whole(get("defect"))],
    "what validation refuses": ["ListFlavors", {}, whole(list(-1))],
    "a deadline that has passed": ["GetFlavor", { [timeout]: isFramed ? "0m" : "0" }, whole(get("x"))],
    "a deadline that is none": ["GetFlavor", { [timeout]: "soon" }, whole(get("x"))],
    "no credential": ["GetFlavor", { authorization: "" }, whole(get("x"))],
    "the wrong credential": ["GetFlavor", { authorization: "Bearer wrong" }, whole(get("x"))],
    "a body that does not parse": ["GetFlavor", {}, whole(Buffer.from("{\u0007"))],
    "no body": ["GetFlavor", {}, Buffer.alloc(0)],
    "bytes that are no text": ["GetFlavor", {}, whole(Buffer.from([0x22, 0xff, 0xfe]))],
    "a field that there is not": ["GetFlavor", {}, whole(isJson ? Buffer.from('{"nam":"x"}') : get("x"))],
    "a compression that there is not": [
      "GetFlavor",
      { [isFramed ? "grpc-encoding" : "content-encoding"]: "zstd" },
      whole(get("x")),
    ],
    "more than a message may have": ["GetFlavor", {}, whole(Buffer.alloc(4 * 1024 * 1024 + 6, 0x20))],
    ...(isFramed && {
      "two messages": ["GetFlavor", {}, Buffer.concat([envelope(get("x")), envelope(get("y"))])],
      "less than was announced": ["GetFlavor", {}, envelope(get("x"), 0, 100)],
      "less than a head": ["GetFlavor", {}, Buffer.from([0, 0])],
      "compressed, it says": ["GetFlavor", {}, envelope(get("x"), 1)],
      "flags that there are not": ["GetFlavor", {}, envelope(get("x"), 4)],
    }),
  };
  t.test(type, async (t) => {
    for (const [what, [name, headers, body]] of Object.entries(cases)) {
      const direct = await say(name, { "content-type": type, ...headers }, body);
      const byConnect = await say(
        name,
        { "content-type": type.replace("application", "Application"), ...headers },
        body,
      );
      t.strictSame(direct, byConnect, what);
    }
  });
}

t.test("answers came, and not errors alone", async (t) => {
  t.ok(served >= Object.keys(types).length * 6 * 2);
});
