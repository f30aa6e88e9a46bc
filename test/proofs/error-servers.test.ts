import { Code } from "@connectrpc/connect";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { serversOf } from "./leftovers.ts";
import { proof } from "./proof.ts";

proof("servers that fit nowhere end every wait with Nova's words and their id", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const oaktrees = await Promise.all([world.oaktree(), world.oaktree()]);
  // More of them are too much for the quotas of memory.
  const number = 2;
  const ids = await Promise.all(
    Array.from({ length: number }, async (_, caller) => {
      const compute = oaktrees[caller % oaktrees.length]?.client(ComputeService);
      const request = { ...world.server("demo", `big${caller}`), flavor: "m1.toobig", autoIp: true };
      const { server } = (await compute?.createServer(request)) ?? {};
      const nameOrId = server?.id ?? "";
      const { location } = request;
      t.match(await failure(compute?.waitForServerStatus({ location, nameOrId }) ?? Promise.resolve()), {
        code: Code.FailedPrecondition,
        reason: "SERVER_FAULT",
        message: /No valid host was found/,
        metadata: { resourceId: nameOrId, cloud: "demo", service: "compute", deleted: "true" },
      });
      await compute?.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
      return nameOrId;
    }),
  );
  t.equal(new Set(ids).size, number);
  t.strictSame(await serversOf(demo, world.prefix), [], "nothing is left of what failed");
  t.equal(world.neutron.count("POST", /\/floatingips/), 0, "no address is made for a server that failed");
});

proof("a quota that is used up is said in Nova's words", { quota: { instances: 2 } }, async (t, world) => {
  const { upstream, network } = await world.scratch();
  if (world.kind === "openstack") {
    const admin = await world.upstream("admin");
    const path = `/os-quota-sets/${upstream.projectId}`;
    await admin.send("compute", "PUT", path, { quota_set: { instances: 2 } });
  }
  const location = world.at("scratch");
  const oaktrees = await Promise.all([world.oaktree(), world.oaktree()]);
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, async (_, caller) => {
      const compute = oaktrees[caller % oaktrees.length]?.client(ComputeService);
      const request = { ...world.server("scratch", `q${caller}`), networks: [network] };
      let nameOrId = "";
      try {
        const { server } = (await compute?.createServer(request)) ?? {};
        nameOrId = server?.id ?? "";
        const up = await compute?.waitForServerStatus({ location, nameOrId });
        return up?.server?.statusText ?? "";
      } catch (error) {
        const { reason, code, message, metadata } = await failure(Promise.reject(error));
        t.match(message, /quota/i, "Nova's own word");
        // Calls at the same time pass the first check, and are found to be too many while they are built.
        t.match(
          [reason, code],
          nameOrId === ""
            ? ["QUOTA_EXCEEDED", Code.ResourceExhausted]
            : ["SERVER_FAULT", Code.FailedPrecondition],
        );
        t.match(metadata, nameOrId === "" ? { service: "compute" } : { resourceId: nameOrId });
        return reason;
      }
    }),
  );
  t.comment(`6 callers, a quota of 2: ${outcomes.toSorted().join(", ")}`);
  t.ok(outcomes.filter((outcome) => outcome === "ACTIVE").length <= 2);
  const compute = oaktrees[0]?.client(ComputeService);
  const more = { ...world.server("scratch", "more"), networks: [network] };
  while ((await serversOf(upstream, world.prefix)).length < 2) {
    await compute?.createServer(more);
  }
  const before = await serversOf(upstream, world.prefix);
  t.match(await failure(compute?.createServer(more) ?? Promise.resolve()), {
    code: Code.ResourceExhausted,
    reason: "QUOTA_EXCEEDED",
    message: /Quota exceeded for instances/,
    metadata: { service: "compute", cloud: "scratch" },
  });
  t.equal((await serversOf(upstream, world.prefix)).length, before.length, "and nothing is made");
});

proof("an image that cannot be booted is said in Nova's words, and nothing is made", {}, async (t, world) => {
  const demo = await world.upstream("demo");
  const compute = (await world.oaktree()).client(ComputeService);
  const { status, body: image } = await demo.send("image", "POST", "/v2/images", {
    name: world.prefix,
    disk_format: "raw",
    container_format: "bare",
  });
  t.equal(status, 201);
  t.teardown(() => demo.send("image", "DELETE", `/v2/images/${image.id}`));
  t.match(await failure(compute.createServer({ ...world.server("demo", "empty"), image: world.prefix })), {
    code: Code.InvalidArgument,
    reason: "UPSTREAM_BAD_REQUEST",
    message: /is not active/,
    metadata: { service: "compute", cloud: "demo" },
  });
  t.match(
    await failure(compute.createServer({ ...world.server("demo", "none"), image: `${world.prefix}-none` })),
    {
      code: Code.NotFound,
      reason: "NOT_FOUND",
      metadata: { service: "image" },
    },
  );
  t.strictSame(await serversOf(demo, world.prefix), []);
});
