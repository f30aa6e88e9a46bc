import { randomUUID } from "node:crypto";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { addNetwork, idsOf, settledIds } from "./leftovers.ts";
import { isFull, proof } from "./proof.ts";

proof("repeats on two Oaktrees at the same time make one server", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const oaktrees = await Promise.all([world.oaktree(), world.oaktree()]);
  const repeats = world.kind === "sandbox" || isFull ? 20 : 3;
  const request = { ...world.server("demo", "once"), requestId: randomUUID() };
  const callers = oaktrees.flatMap((oaktree) =>
    Array.from({ length: repeats }, () => oaktree.client(ComputeService)),
  );
  // Each of them has looked for the server of the call, and found none.
  world.nova.gather(oaktrees.length, "POST", /\/servers$/);
  const answers = await Promise.all(callers.map((compute) => compute.createServer(request)));
  const ids = new Set(answers.map(({ server }) => server?.id));
  t.equal(ids.size, 1, "all callers are told of the same server");
  t.strictSame(await settledIds(demo, world.prefix, 1), [...ids]);
  t.equal(world.nova.count("POST", /\/servers$/), oaktrees.length, "each Oaktree made one");
  t.comment(
    `${callers.length} callers on ${oaktrees.length} Oaktrees: ${oaktrees.length} POSTs, one server stays`,
  );
});

proof("a request_id stands for one request, in one project", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
  const request = { ...world.server("demo", "mine"), requestId: randomUUID() };
  const { server } = await one.client(ComputeService).createServer(request);
  for (const oaktree of [one, two]) {
    const other = { ...request, metadata: { other: "yes" } };
    t.match(await failure(oaktree.client(ComputeService).createServer(other)), {
      reason: "ALREADY_EXISTS",
      metadata: { resourceId: server?.id },
    });
  }
  const network = await addNetwork(await world.upstream("alt"), world.prefix);
  t.teardown(network.remove);
  // Again, so that its servers go before the network does.
  const alt = await world.upstream("alt");
  const elsewhere = { ...request, location: world.at("alt"), networks: [network.id] };
  const [theirs, repeated] = [
    await one.client(ComputeService).createServer(elsewhere),
    await two.client(ComputeService).createServer(elsewhere),
  ];
  t.not(theirs.server?.id, server?.id, "another project's call is another call");
  t.equal(repeated.server?.id, theirs.server?.id);
  t.strictSame(await idsOf(demo, world.prefix), [server?.id]);
  t.strictSame(await idsOf(alt, world.prefix), [theirs.server?.id]);
});
