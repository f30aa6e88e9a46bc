// Connections that break, answers that are late or no JSON, and tokens that end.
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { withQuirks } from "./with-quirks.ts";

for (const quirk of [
  "drop=before/3",
  "drop=during/3",
  "drop=after/3",
  "revoked-tokens=3",
  "short-tokens=1",
  "latency=1..20",
  "latency=5/50",
]) {
  withQuirks("reads get through", [quirk], async (t, { client, location }) => {
    for (let call = 0; call < 6; call++) {
      t.ok((await client(ComputeService).listFlavors({ location })).flavors.length > 0);
    }
  });
}

withQuirks("one answer that is no JSON fails one call", ["garbage=4"], async (t, { client, location }) => {
  const seen: string[] = [];
  for (let call = 0; call < 6; call++) {
    const list = client(ComputeService).listFlavors({ location });
    seen.push(
      await list.then(
        () => "OK",
        async () => (await failure(list)).reason,
      ),
    );
  }
  t.strictSame([...new Set(seen)].sort(), ["OK", "UPSTREAM_GARBAGE"]);
});

withQuirks(
  "a deadline ends a call to a cloud that is too slow",
  ["latency=60000"],
  async (t, { client, location }) => {
    const list = client(ComputeService).listFlavors({ location }, { timeoutMs: 300 });
    t.match(await list.catch((error: unknown) => error), { code: 4 });
  },
);
