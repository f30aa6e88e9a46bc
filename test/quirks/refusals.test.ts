// A cloud that refuses now and then, or always: what may be asked again is, and what stays refused is told.
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { withQuirks } from "./with-quirks.ts";

for (const status of [413, 429, 502, 503]) {
  withQuirks("what passes is asked again", [`status=${status}/3`], async (t, { client, location }) => {
    for (let call = 0; call < 3; call++) {
      t.ok((await client(ComputeService).listFlavors({ location })).flavors.length > 0);
    }
  });
}

const told: [quirk: string, reason: string][] = [
  ["status=409/1", "CONFLICT"],
  ["status=413/1", "RATE_LIMITED"],
  ["status=429/1", "RATE_LIMITED"],
  ["status=500/1", "UPSTREAM_ERROR"],
  ["status=502/1", "UPSTREAM_UNAVAILABLE"],
  ["status=503/1", "UPSTREAM_UNAVAILABLE"],
  ["drop=before/1", "UPSTREAM_UNAVAILABLE"],
  ["drop=during/1", "UPSTREAM_UNAVAILABLE"],
  ["drop=after/1", "UPSTREAM_UNAVAILABLE"],
  ["garbage=1", "UPSTREAM_GARBAGE"],
];
for (const [quirk, reason] of told) {
  withQuirks("what does not pass is told", [quirk], async (t, { client, location }) => {
    t.match(await failure(client(ComputeService).listFlavors({ location })), { reason });
  });
}
