import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { serversOf } from "./leftovers.ts";
import { isFull, proof } from "./proof.ts";

/** How often a client that waits by itself asks, in milliseconds; openstacksdk's default. */
const ownPollMs = 2000;

proof(
  "many callers make, await and delete their servers, and poll the cloud as one",
  { buildMs: 4000, deleteMs: 2000 },
  async (t, { kind, nova, prefix, oaktree, server, upstream }) => {
    const number = kind === "sandbox" || isFull ? 200 : 8;
    const demo = await upstream("demo");
    const process = await oaktree();
    let waitedMs = 0;
    const wait = async (compute: ReturnType<typeof connect>, nameOrId: string, status: ServerStatus) => {
      const began = performance.now();
      const answer = await compute.waitForServerStatus({
        location: server("demo", "").location,
        nameOrId,
        status,
      });
      waitedMs += performance.now() - began;
      return answer.server;
    };
    const connect = () => process.client(ComputeService);
    const began = performance.now();
    const life = async (caller: number) => {
      // Each with a connection of its own, as callers have.
      const compute = connect();
      const request = server("demo", `n${caller}`);
      const { server: made } = await compute.createServer(request);
      const nameOrId = made?.id ?? "";
      const up = await wait(compute, nameOrId, ServerStatus.ACTIVE);
      t.match(up, { id: nameOrId, name: request.name, statusText: "ACTIVE" });
      return { compute, nameOrId };
    };
    const up = await Promise.all(Array.from({ length: number }, (_, caller) => life(caller)));
    const there = await serversOf(demo, prefix);
    t.strictSame(
      there.map(({ id }) => id).toSorted(),
      up.map(({ nameOrId }) => nameOrId).toSorted(),
      "none is lost, none doubled",
    );
    await Promise.all(
      up.map(async ({ compute, nameOrId }) => {
        await compute.deleteServer({ location: server("demo", "").location, nameOrId });
        // Unset where it was gone before anybody looked.
        const last = await wait(compute, nameOrId, ServerStatus.DELETED);
        t.equal(last?.statusText ?? "DELETED", "DELETED");
      }),
    );
    t.strictSame(await serversOf(demo, prefix), [], "all are gone");
    t.equal(nova.count("POST", /\/servers$/), number);
    t.equal(nova.count("DELETE", /\/servers\//), number);
    const polls = nova.count("GET", /\/servers\/detail/);
    const own = Math.ceil(waitedMs / ownPollMs);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.comment(
      `${number} servers in ${seconds} s: ${nova.passed.length} calls of Nova, ${polls} of them polls; ` +
        `a GET for each waiter every ${ownPollMs / 1000} s would have been ${own} (${(own / polls).toFixed(1)} times as many)`,
    );
    t.ok(polls < own, "one poll serves all who wait");
  },
);
