import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { proof } from "./proof.ts";
import { waitOn } from "./wait-on.ts";

proof("when an Oaktree dies, waiters on others finish what it had begun", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const [one, two, three] = await Promise.all([world.oaktree(), world.oaktree(), world.oaktree()]);
  const { server } = await one
    .client(ComputeService)
    .createServer({ ...world.server("demo", "orphan"), autoIp: true });
  await one.kill();
  t.match(server, { pendingSteps: ["auto_ip"] });
  t.equal(world.neutron.count("POST", /\/floatingips/), 0, "it died before the floating IP");
  await waitOn(t, world, demo, [two, three], server?.id ?? "");
});

proof("a floating IP whose Oaktree died before it knew of it is not made twice", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const [one, two, three] = await Promise.all([world.oaktree(), world.oaktree(), world.oaktree()]);
  const cut = world.neutron.cutNext("POST", /\/floatingips/, () => one.kill());
  const { server } = await one
    .client(ComputeService)
    .createServer({ ...world.server("demo", "half"), autoIp: true });
  await cut;
  await waitOn(t, world, demo, [two, three], server?.id ?? "");
});
