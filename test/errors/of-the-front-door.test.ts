import { createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, plain, start, token, transport } from "../server/harness.ts";
import { failure } from "../support/faults.ts";
import { produces } from "../support/produces.ts";

const path = "/oaktree.v1.ComputeService";

/** The reason in a plain JSON answer. */
function reasonOf({ body }: { body: string }): { reason: unknown } {
  const { details } = JSON.parse(body) as { details: { debug: { reason: string } }[] };
  return { reason: details[0]?.debug.reason };
}

t.test("what the front door says itself", async (t) => {
  const called = Promise.withResolvers<Call>();
  const server = await start({
    handlers: handlers({
      "ComputeService.ListFlavors": () => {
        throw new TypeError("a defect");
      },
      "ComputeService.GetFlavor": (_request, call) => {
        called.resolve(call);
        return new Promise(() => {});
      },
    }),
  });
  t.teardown(() => server.close());
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  produces(t, "INTERNAL", await failure(compute.listFlavors({})));
  const headers = { authorization: `Bearer ${token}` };
  produces(t, "UNKNOWN_METHOD", reasonOf(await plain(server.url, `${path}/Fly`, { headers })));
  const foreign = { ...headers, origin: "https://evil.example" };
  produces(
    t,
    "ORIGIN_REFUSED",
    reasonOf(await plain(server.url, `${path}/ListServers`, { headers: foreign })),
  );
  const late = { body: '{"nameOrId":"x"}', headers: { ...headers, "connect-timeout-ms": "1" } };
  produces(t, "DEADLINE_EXCEEDED", reasonOf(await plain(server.url, `${path}/GetFlavor`, late)));
});

t.test("who goes away leaves a reason in the log", async (t) => {
  const called = Promise.withResolvers<void>();
  const server = await start({
    handlers: handlers({
      "ComputeService.GetFlavor": () => {
        called.resolve();
        return new Promise(() => {});
      },
    }),
  });
  t.teardown(() => server.close());
  const leave = new AbortController();
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  const call = compute.getFlavor({ nameOrId: "x" }, { signal: leave.signal });
  await called.promise;
  leave.abort();
  await t.rejects(call);
  produces(t, "CANCELLED", await server.line("GetFlavor"));
});

t.test("a wait ends when Oaktree stops", async (t) => {
  const called = Promise.withResolvers<void>();
  const server = await start({
    handlers: handlers({
      "ComputeService.WaitForServer": async function* () {
        called.resolve();
        await new Promise(() => {});
      },
    }),
  });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  const ended = failure(compute.waitForServer({ nameOrId: "x" }));
  await called.promise;
  await server.close();
  produces(t, "SHUTTING_DOWN", await ended);
});
