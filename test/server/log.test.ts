import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { Call } from "../../src/cloud/region.ts";
import { ComputeService, WaitForServerResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService, UploadImageResponseSchema } from "../../src/gen/oaktree/v1/image_pb.js";
import { all, handlers, plain, shared, start, token, transport, ways } from "./harness.ts";

const own = handlers({
  "ComputeService.WaitForServer": async function* () {
    yield create(WaitForServerResponseSchema, {});
    yield create(WaitForServerResponseSchema, { done: true });
  },
  "ComputeService.GetFlavor": async () => {
    // Whoever builds an error of what a library threw carries along what that has on it.
    const cause = Object.assign(new Error("socket hang up"), { headers: { "x-auth-token": token } });
    throw new Fault("UPSTREAM_UNAVAILABLE", "the cloud hung up", { cause });
  },
  "ComputeService.GetServer": async () => {
    throw Object.assign(new TypeError("x is not a function"), {
      request: { headers: { authorization: token } },
    });
  },
  "ImageService.UploadImage": async (requests: AsyncIterable<unknown>) => {
    for await (const _ of requests);
    return create(UploadImageResponseSchema, {});
  },
});

for (const way of ways) {
  t.test(`${way}: one line a call`, async (t) => {
    const server = await start({ handlers: own });
    t.teardown(() => server.close());
    const client = createClient(ComputeService, transport(server.url, way));
    await client.listFlavors({});
    await all(client.waitForServer({ nameOrId: "web" }));
    await client.getFlavor({ nameOrId: "m1" }).catch(() => {});
    await client.getServer({}).catch(() => {});
    await client.getServer({ nameOrId: "web" }).catch(() => {});
    const upload = async function* () {
      yield { part: { case: "image" as const, value: { name: "cirros" } } };
      yield {
        part: { case: "data" as const, value: new Uint8Array(100_000).map((_, index) => index * 7919) },
      };
    };
    await createClient(ImageService, transport(server.url, way)).uploadImage(upload());

    t.match(await server.line("oaktree.v1.ComputeService/ListFlavors"), {
      level: 30,
      requestId: /^req-/,
      protocol: way.startsWith("gRPC-Web") ? "grpc-web" : way.startsWith("gRPC") ? "grpc" : "connect",
      code: "OK",
      caller: "personal",
      ms: Number,
    });
    t.match(await server.line("WaitForServer"), { code: "OK", messagesIn: 1, messagesOut: 2 });
    t.match(await server.line("GetFlavor"), {
      level: 40,
      code: "UNAVAILABLE",
      reason: "UPSTREAM_UNAVAILABLE",
      cause: { message: "socket hang up" },
    });
    t.match(await server.line("UploadImage"), { code: "OK", messagesIn: 2, messagesOut: 1 });
    t.ok(Number((await server.line("UploadImage")).bytesIn) > 100_000);
    await server.close();
    t.equal(server.text().trim().split("\n").length, 6, server.text());
    t.notMatch(server.text(), token, "no credential in any of them");
  });
}

t.test("no credential is logged, however it came and whatever became of it", async (t) => {
  const server = await start({ handlers: own });
  const other = await start({ clouds: shared });
  t.teardown(() => other.close());
  t.teardown(() => server.close());
  const path = "/oaktree.v1.ComputeService/ListFlavors";
  for (const { url } of [server, other]) {
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `Basic ${token}` },
      { authorization: token },
      { "x-auth-token": token },
      { authorization: `Bearer ${token}`, "x-auth-token": `${token}2` },
      { authorization: `Bearer ${token}`, host: "evil.example" },
      { authorization: `Bearer ${token}`, "content-type": "text/plain" },
      { authorization: `Bearer ${token}`, "connect-timeout-ms": "soon" },
      { authorization: `Bearer ${token}`, "x-openstack-request-id": token },
    ] as Record<string, string>[]) {
      await plain(url, path, { headers });
    }
    await plain(url, "/nothing", { headers: { "x-auth-token": token } });
  }
  await Promise.all([server.close(), other.close()]);
  for (const text of [server.text(), other.text()]) {
    t.equal(text.trim().split("\n").length, 10, "one line each");
    t.notMatch(text, token);
  }
});

t.test("a defect that comes when the caller has gone is not lost", async (t) => {
  const called = Promise.withResolvers<Call>();
  const server = await start({
    handlers: handlers({
      "ComputeService.ListFlavors": async (_request, call) => {
        called.resolve(call);
        await new Promise((aborted) => call.signal.addEventListener("abort", aborted));
        await server.line("ListFlavors");
        throw new TypeError("too late");
      },
    }),
  });
  const leave = new AbortController();
  const client = createClient(ComputeService, transport(server.url, "gRPC"));
  const call = client.listFlavors({}, { signal: leave.signal }).catch(() => {});
  await called.promise;
  leave.abort();
  await call;
  while (!server.text().includes("too late")) {
    await new Promise(setImmediate);
  }
  await server.close();
  t.match(
    server
      .text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { level: 30, msg: "call", code: "CANCELLED" },
      { level: 50, msg: "failed after its end", cause: { message: "too late", stack: /\n +at / } },
    ],
  );
});
