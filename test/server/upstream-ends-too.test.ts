// A call that ends before its time leaves nothing running upstream.
import { createClient, type Transport } from "@connectrpc/connect";
import t from "tap";
import { stringify } from "yaml";
import { Clouds } from "../../src/cloud/clouds.ts";
import { BlockStorageService } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { createHandlers } from "../../src/handlers.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { startServer } from "../../src/server/start.ts";
import { image, silentService } from "../support/silent-service.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { token, transport, ways } from "./harness.ts";

async function* endless() {
  yield { location, part: { case: "image" as const, value: { name: "i", diskFormat: "raw" } } };
  for (;;) {
    yield { part: { case: "data" as const, value: new Uint8Array(1000) } };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Options = { signal?: AbortSignal; timeoutMs?: number };
const first = (stream: AsyncIterable<unknown>) => stream[Symbol.asyncIterator]().next();

/** One call of each kind, and how many requests it makes at once. */
const calls: Record<string, [number, (way: Transport, options: Options) => Promise<unknown>]> = {
  unary: [
    1,
    (way, options) => createClient(ComputeService, way).getServer({ nameOrId: "a", location }, options),
  ],
  "list over several clouds": [
    2,
    (way, options) => createClient(ComputeService, way).listServers({}, options),
  ],
  wait: [
    1,
    (way, options) =>
      createClient(BlockStorageService, way).waitForVolumeStatus({ nameOrId: "a", location }, options),
  ],
  stream: [
    1,
    (way, options) =>
      first(createClient(ComputeService, way).waitForServer({ nameOrId: "a", location }, options)),
  ],
  upload: [1, (way, options) => createClient(ImageService, way).uploadImage(endless(), options)],
  download: [
    1,
    (way, options) =>
      first(createClient(ImageService, way).downloadImage({ nameOrId: "a", location }, options)),
  ],
};
const location = { cloud: "one", region: "RegionOne" };

const sandbox = await startSandbox();
t.teardown(() => sandbox.close());
const service = await silentService(t);
const entry = {
  ...sandbox.cloud("demo"),
  compute_endpoint_override: `${service.url}/v2.1`,
  block_storage_endpoint_override: `${service.url}/v3`,
  image_endpoint_override: `${service.url}/v2`,
};
const file = await temporaryFile(t, "clouds.yaml", stringify({ clouds: { one: entry, two: entry } }));
const clouds = await Clouds.load({ file, env: {} });
t.teardown(() => clouds.close());
const server = await startServer({
  listen: { host: "127.0.0.1", port: 0 },
  handlers: createHandlers({ sealKey: new Uint8Array(32) }),
  clouds,
  token,
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(way, async (t) => {
    for (const [kind, [number, call]] of Object.entries(calls)) {
      let tookMs = 0;
      for (const how of ["cancelled", "deadline"]) {
        const requests = Promise.all(Array.from({ length: number }, () => service.next()));
        const cleanedUp = kind === "upload" ? service.nextDeleted() : undefined;
        const leave = new AbortController();
        // Long enough to get upstream first, as the call before did.
        const options =
          how === "deadline" ? { timeoutMs: Math.ceil(700 + 10 * tookMs) } : { signal: leave.signal };
        const began = performance.now();
        const ended = call(transport(server.url, way), options).then(
          () => t.fail(`${kind} ended well`),
          (error: Error) => error,
        );
        const held = await Promise.race([
          requests,
          ended.then((error) => Promise.reject(new Error(`${kind}, ${how}: ${(error as Error)?.message}`))),
        ]);
        tookMs = performance.now() - began;
        if (how === "cancelled") {
          leave.abort();
        }
        await Promise.all(held.map(({ closed }) => closed));
        await ended;
        if (cleanedUp !== undefined) {
          t.equal(await cleanedUp, `/v2/images/${image}`, "the half-made image is deleted all the same");
        }
        t.pass(`${kind}, ${how}: ${number} requests upstream have ended`);
      }
    }
  });
}
