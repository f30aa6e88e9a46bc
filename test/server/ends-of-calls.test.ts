// The signal of a call that has ended well is aborted with one reason for all: an error with a stack for each is dear.
import { once } from "node:events";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, start, transport, ways } from "./harness.ts";

const signals: AbortSignal[] = [];
const server = await start({
  handlers: handlers({
    "ComputeService.ListFlavors": async (_request, { signal }: Call) => {
      signals.push(signal);
      return {};
    },
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(way, async (t) => {
    const client = createClient(ComputeService, transport(server.url, way));
    signals.length = 0;
    await client.listFlavors({});
    await client.listFlavors({});
    const [first, second] = await Promise.all(
      signals.map(async (signal) => {
        if (!signal.aborted) {
          await once(signal, "abort");
        }
        return signal.reason as unknown;
      }),
    );
    t.match(first, { name: "AbortError" });
    t.equal(first, second);
  });
}
