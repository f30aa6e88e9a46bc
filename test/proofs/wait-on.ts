import type { Test } from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import type { OaktreeProcess } from "../support/oaktree-process.ts";
import type { Upstream } from "../support/upstream.ts";
import { floatingIpsOf, serversOf } from "./leftovers.ts";
import { isFull, type Proof } from "./proof.ts";

/** Several callers wait for a server on several Oaktrees; in the end it has one floating IP, and no note. */
export async function waitOn(
  t: Test,
  world: Proof,
  demo: Upstream,
  oaktrees: OaktreeProcess[],
  nameOrId: string,
) {
  const callers = oaktrees.flatMap((oaktree) =>
    Array.from({ length: isFull ? 10 : 2 }, () => oaktree.client(ComputeService)),
  );
  const location = world.at("demo");
  const answers = await Promise.all(
    callers.map((compute) => compute.waitForServerStatus({ location, nameOrId })),
  );
  const addresses = (await floatingIpsOf(demo, nameOrId)).map((raw) => raw.floating_ip_address);
  t.equal(addresses.length, 1, "there is one floating IP");
  for (const { server } of answers) {
    t.match(server, { statusText: "ACTIVE", pendingSteps: [], publicV4: addresses[0] });
  }
  const [raw] = await serversOf(demo, world.prefix);
  t.match(raw, { id: nameOrId, metadata: {} });
  t.strictSame(raw?.metadata, {}, "the note is gone");
}
