import { randomUUID } from "node:crypto";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { idsOf } from "./leftovers.ts";
import { proof } from "./proof.ts";

proof("a repeat after a lost answer makes no second server", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
  const request = { ...world.server("demo", "lost"), requestId: randomUUID() };
  const cut = world.nova.cutNext("POST", /\/servers$/);
  const [{ server }] = await Promise.all([one.client(ComputeService).createServer(request), cut]);
  t.strictSame(
    await idsOf(demo, world.prefix),
    [server?.id],
    "the server that the cut answer was about is found",
  );
  const again = await two.client(ComputeService).createServer(request);
  t.equal(again.server?.id, server?.id, "and another Oaktree finds it as well");
  t.equal(world.nova.count("POST", /\/servers$/), 1);
});

proof(
  "a repeat after the Oaktree died between POST and answer makes no second server",
  {},
  async (t, world) => {
    const demo = await world.upstream("demo");
    const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
    const request = { ...world.server("demo", "died"), requestId: randomUUID() };
    const cut = world.nova.cutNext("POST", /\/servers$/, () => one.kill());
    await t.rejects(Promise.all([one.client(ComputeService).createServer(request), cut]));
    await cut;
    const { server } = await two.client(ComputeService).createServer(request);
    t.strictSame(await idsOf(demo, world.prefix), [server?.id]);
    t.equal(world.nova.count("POST", /\/servers$/), 1);
  },
);
