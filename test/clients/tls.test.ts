import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t from "tap";
import { certificate, startBoth } from "./examples.ts";
import { hasTools } from "./scenario.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const skip = hasTools ? false : "test/clients/install installs the tools";

t.setTimeout(900_000);

t.test("over TLS", { skip }, async (t) => {
  const { tls: address } = await startBoth(t, "a-token");
  const run = async (command: string, args: string[]) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        OAKTREE_ADDRESS: address,
        OAKTREE_TOKEN: "a-token",
        OAKTREE_CLOUD: "demo",
        OAKTREE_REGION: "RegionOne",
        OAKTREE_CA: certificate,
      },
    });
    t.teardown(() => child.kill());
    const [out, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    return { out, errors, code };
  };

  for (const client of ["go", "connect-go", "python", "java", "ruby", "curl", "grpcurl", "buf-curl"]) {
    const { out, errors, code } = await run(path("run"), [client]);
    t.equal(code, 0, `the ${client} client succeeds`, { out, errors });
    t.match(out, /all are gone\n$/, "and comes to its end");
  }

  // Tools from before 2023 know nothing newer, grpcurl up to 1.8.7 among them.
  const { out, errors } = await run(path("../../node_modules/.bin/buf"), [
    ...["curl", "--list-methods", "--reflect-protocol", "grpc-v1alpha", "--cacert", certificate],
    `https://${address}`,
  ]);
  t.match(out, "oaktree.v1.ComputeService/WaitForServer", "reflection v1alpha", { errors });
});
