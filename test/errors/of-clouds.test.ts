// Reasons that a real cloud gives only when it is broken or old: the sandbox does on demand.
import t, { type Test } from "tap";
import { parse, stringify } from "yaml";
import { BlockStorageService } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import type { FaultOutcome } from "../../src/sandbox/core/faults.ts";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";
import { failure } from "../support/faults.ts";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { produces } from "../support/produces.ts";

async function broken(t: Test, options: SandboxOptions = {}, more: object = {}) {
  const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50, ...options });
  t.teardown(() => sandbox.close());
  const { clouds } = parse(sandbox.cloudsYaml("demo")) as { clouds: { demo: object } };
  const yaml = stringify({ clouds: { demo: { ...clouds.demo, ...more } } });
  const clientOf = await oaktreeBefore(t, yaml, { backoffMs: 1, tries: 2 });
  return { sandbox, clientOf, compute: clientOf(ComputeService) };
}

t.test("a cloud that is busy, fails, or loses its answer", async (t) => {
  const { sandbox, compute } = await broken(t);
  await compute.listFlavors({});
  const answer = (status: number, headers = {}) => ({ kind: "answer", status, headers }) as const;
  sandbox.faults.next({ service: "compute", path: /servers/ }, answer(429, { "retry-after": "3600" }));
  produces(t, "RATE_LIMITED", await failure(compute.getServer({ nameOrId: "none" })));
  sandbox.faults.next({ service: "compute", path: /servers/ }, answer(500), 4);
  produces(t, "UPSTREAM_ERROR", await failure(compute.getServer({ nameOrId: "none" })));
  sandbox.faults.clear();
  sandbox.faults.next({ service: "compute", method: "POST" }, { kind: "drop-after" });
  produces(t, "OUTCOME_UNKNOWN", await failure(compute.createKeypair({ name: "lost" })));
  const first = "/compute/v2.1/flavors/detail";
  const page = {
    flavors: [{ id: "1", name: "m1.tiny" }],
    flavors_links: [{ rel: "next", href: `${sandbox.url}${first}?marker=again` }],
  };
  sandbox.faults.next({ path: /flavors\/detail/ }, { kind: "answer", status: 200, body: page }, 5);
  produces(t, "PAGING_LOOP", await failure(compute.getFlavor({ nameOrId: "x" })));
});

t.test("a cloud that is old, lacks a service, or is not where clouds.yaml says", async (t) => {
  const old = await broken(t, { novaMicroversion: "2.18" });
  const tagged = { name: "web", image: "lab-small", flavor: "m1.nano", networks: ["private"], tags: ["a"] };
  produces(t, "UNSUPPORTED_BY_CLOUD", await failure(old.compute.createServer(tagged)));

  const without = await broken(t, {}, { has_compute: false });
  produces(t, "SERVICE_NOT_AVAILABLE", await failure(without.compute.getFlavor({ nameOrId: "x" })));

  const { sandbox } = old;
  const auth = { ...sandbox.cloud("demo").auth, auth_url: `${sandbox.url}/nowhere/v3` };
  const astray = await broken(t, {}, { auth });
  const misconfigured = await failure(astray.compute.getFlavor({ nameOrId: "x" }));
  produces(t, "CLOUD_MISCONFIGURED", misconfigured);

  const down = await broken(t, {}, { compute_endpoint_override: "http://127.0.0.1:1/v2.1" });
  produces(t, "LOCATION_UNREACHABLE", await failure(down.compute.listFlavors({ requireAllLocations: true })));
});

t.test("several networks fit", async (t) => {
  const { sandbox, compute } = await broken(t);
  const words = "Multiple possible networks found, use a Network ID to be more specific.";
  const body = { conflictingRequest: { code: 409, message: words } };
  sandbox.faults.next(
    { service: "compute", method: "POST", path: /servers/ },
    { kind: "answer", status: 409, body },
  );
  const server = { name: "web", image: "lab-small", flavor: "m1.nano" };
  produces(t, "NETWORK_REQUIRED", await failure(compute.createServer(server)));
});

t.test("volumes that come to nothing", async (t) => {
  const { sandbox, clientOf } = await broken(t, { changeMs: 3_600_000 });
  const storage = clientOf(BlockStorageService);
  const { volume } = await storage.createVolume({ name: "v", sizeGib: 1n });
  const nameOrId = volume?.id ?? "";
  const seen = (status: number, body: object) =>
    sandbox.faults.next(
      { service: "volume", method: "GET", path: /volumes/ },
      { kind: "answer", status, body: body as never },
      9,
    );
  const failed = { id: nameOrId, name: "v", status: "error" };
  const waiting = failure(storage.waitForVolumeStatus({ nameOrId }));
  seen(200, { volume: failed, volumes: [failed] });
  produces(t, "RESOURCE_FAULT", await waiting);
  sandbox.faults.clear();
  const gone = failure(storage.waitForVolumeStatus({ nameOrId }));
  while (sandbox.requests.list({ service: "volume", path: /volumes/ }).length < 20) {
    await new Promise(setImmediate);
  }
  const missing = {
    kind: "answer",
    status: 404,
    body: { itemNotFound: { code: 404, message: "gone" } },
  } as const;
  const empty: FaultOutcome = { kind: "answer", status: 200, body: { volumes: [] } };
  sandbox.faults.next({ service: "volume", path: /volumes\/detail/ }, empty, 99);
  sandbox.faults.next({ service: "volume", path: new RegExp(nameOrId) }, missing, 99);
  produces(t, "RESOURCE_DELETED", await gone);
});
