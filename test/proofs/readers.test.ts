import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { floatingIpsOf, idsOf } from "./leftovers.ts";
import { proof } from "./proof.ts";
import { waitOn } from "./wait-on.ts";

proof("who may only read watches, and breaks nothing", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
  // It dies before it is told of the server, so that what is still to be done is not even begun.
  const died = world.nova.cutNext("POST", /\/servers$/, () => one.kill());
  const request = { ...world.server("demo", "watched"), autoIp: true };
  await t.rejects(one.client(ComputeService).createServer(request));
  await died;
  const [nameOrId = ""] = (await idsOf(demo, world.prefix)).map(String);
  let last: { done: boolean; pendingSteps: string[] } | undefined;
  let finishing: Promise<void> | undefined;
  for await (const { server: seen, done } of two
    .client(ComputeService)
    .waitForServer({ location: world.at("reader"), nameOrId })) {
    last = { done, pendingSteps: seen?.pendingSteps ?? [] };
    // Once: whatever the stream says afterwards may be from before or after the other one's work.
    if (seen?.statusText === "ACTIVE" && !done && finishing === undefined) {
      t.strictSame(seen.pendingSteps, ["auto_ip"], "the reader sees what is still to be done");
      t.strictSame(await floatingIpsOf(demo, nameOrId), [], "and has not done it");
      finishing = waitOn(t, world, demo, [two], nameOrId);
      await finishing;
    }
  }
  t.strictSame(last, { done: true, pendingSteps: [] }, "the reader sees that another one has done it");
});
