// Callers without a good credential learn in every protocol how to get one.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import type { SignIns } from "../../src/auth/token-endpoint.ts";
import { Fault } from "../../src/cloud/fault.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { personal, start, transport, ways } from "./harness.ts";

const refuse = async (): Promise<never> => {
  throw new Fault("CREDENTIAL_INVALID", "no");
};
const signIns: SignIns = { names: ["one"], signIn: refuse, present: refuse, revoke: async () => {} };
const metadata = 'resource_metadata="https://oaktree.example/.well-known/oauth-protected-resource"';

const server = await start({
  clouds: personal,
  token: "another one",
  oauth: { signIns, keys: [new Uint8Array(32)] },
  publicUrl: "https://oaktree.example",
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(`by ${way}`, async (t) => {
    // It sends a token, which is not the one of this server.
    const compute = createClient(ComputeService, transport(server.url, way));
    const calls = [
      () => compute.listFlavors({}),
      async () => {
        for await (const _ of compute.waitForServer({ nameOrId: "x" })) {
          // Only the end counts.
        }
      },
    ];
    for (const call of calls) {
      const error = ConnectError.from(await call().then(String, (thrown: unknown) => thrown));
      t.equal(error.code, Code.Unauthenticated);
      t.equal(error.metadata.get("www-authenticate"), `Bearer error="invalid_token", ${metadata}`);
    }
  });
}

t.test("by curl, with a token and without", async (t) => {
  const url = `${server.url}/oaktree.v1.ComputeService/ListFlavors`;
  const curl = async (...more: string[]) => {
    const args = ["-sS", "-D", "-", "-H", "content-type: application/json", "-d", "{}", ...more, url];
    return (await promisify(execFile)("curl", args)).stdout;
  };
  const without = await curl();
  t.match(without, /^HTTP\/1.1 401 /);
  t.match(without, new RegExp(`^www-authenticate: Bearer ${metadata}\r$`, "mi"));
  t.match(without, /silently drop call credentials on connections without TLS/, "and why it may be missing");
  const wrong = await curl("-H", "authorization: Bearer wrong");
  t.match(wrong, new RegExp(`^www-authenticate: Bearer error="invalid_token", ${metadata}\r$`, "mi"));
});
