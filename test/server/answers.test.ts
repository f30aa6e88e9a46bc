// Answers are written by tables of our own, or by protobuf-es: whatever the way, the caller gets the message that the handler gave.
import { create, equals, toJsonString } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import {
  ComputeService,
  GetFlavorResponseSchema,
  ListFlavorsResponseSchema,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, plain, start, transport, ways } from "./harness.ts";

const flavors = (count: number) =>
  create(ListFlavorsResponseSchema, {
    flavors: Array.from({ length: count }, (_, index) => ({
      id: String(index),
      name: `naïve "☃" ${index}`,
      ramMib: BigInt(index) * 2n ** 33n,
      extraSpecs: { "hw:cpu_policy": "dedicated", __proto__: "x" },
      properties: { rxtx: 1.5, list: [null, true, { deep: "\n" }] },
    })),
    nextPageToken: count > 1 ? "next" : "",
  });

const server = await start({
  handlers: handlers({
    "ComputeService.ListFlavors": async ({ pageSize }: { pageSize: number }) => flavors(pageSize),
    // A handler's mistake: this is no text.
    "ComputeService.GetFlavor": async () => create(GetFlavorResponseSchema, { flavor: { name: 1 as never } }),
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(way, async (t) => {
    const client = createClient(ComputeService, transport(server.url, way));
    // Empty, small, and large enough to be compressed; several at once, so that none gets another one's bytes.
    const sizes = [0, 1, 500, 2, 300, 0];
    const answers = await Promise.all(sizes.map((pageSize) => client.listFlavors({ pageSize })));
    for (const [index, answer] of answers.entries()) {
      t.ok(equals(ListFlavorsResponseSchema, answer, flavors(sizes[index] ?? 0)), `${sizes[index]} flavors`);
    }
  });
}

t.test("JSON by POST and GET", async (t) => {
  const expected = toJsonString(ListFlavorsResponseSchema, flavors(3));
  const path = "/oaktree.v1.ComputeService/ListFlavors";
  t.equal((await plain(server.url, path, { body: '{"pageSize":3}' })).body, expected);
  const message = encodeURIComponent('{"pageSize":3}');
  const got = await plain(server.url, `${path}?connect=v1&encoding=json&message=${message}`, {
    method: "GET",
  });
  t.equal(got.body, expected);
  t.equal(got.headers["content-length"], String(Buffer.byteLength(expected)));
});

t.test("gRPC-Web with JSON inside", async (t) => {
  const body = Buffer.concat([Buffer.from([0, 0, 0, 0, 14]), Buffer.from('{"pageSize":2}')]);
  const headers = { "content-type": "application/grpc-web+json" };
  const answer = await plain(server.url, "/oaktree.v1.ComputeService/ListFlavors", { headers, body });
  t.ok(answer.body.includes(toJsonString(ListFlavorsResponseSchema, flavors(2))));
});

t.test("an answer that cannot be written is a defect, which the log has", async (t) => {
  const answer = await plain(server.url, "/oaktree.v1.ComputeService/GetFlavor", {
    body: '{"nameOrId":"x"}',
  });
  t.equal(answer.json().code, "internal");
  const line = await server.line("ComputeService/GetFlavor");
  t.equal(line.level, 50);
  t.match(line.cause, { stack: /stands where text should/ });
});
