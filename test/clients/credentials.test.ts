// Every client takes the credentials file, over TLS, and goes through its whole scenario with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { stringify } from "yaml";
import { Clouds } from "../../src/cloud/clouds.ts";
import { CredentialsFile } from "../../src/credentials/file.ts";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { createHandlers } from "../../src/handlers.ts";
import { startServer } from "../../src/server/start.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { contract, type World } from "../support/worlds.ts";
import { certificate, root, run } from "./examples.ts";
import { hasTools } from "./scenario.ts";

const launcher = fileURLToPath(new URL("run", import.meta.url));
const programs: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  node: [process.execPath, "test/clients/node/servers.mjs"],
  ...(hasTools &&
    Object.fromEntries(
      ["go", "connect-go", "python", "java", "ruby", "curl", "grpcurl", "buf-curl"].map(
        (client): [string, [string, string]] => [client, [launcher, client]],
      ),
    )),
};

t.setTimeout(900_000);

/** Starts an Oaktree in shared use, with TLS, and makes the credentials file of an API user of it. */
async function sharedOaktree(t: Test, world: World) {
  const { auth_url } = world.clouds.demo?.auth ?? {};
  const yaml = stringify({ clouds: { demo: { auth: { auth_url }, region_name: "RegionOne" } } });
  const clouds = await Clouds.load({ file: await temporaryFile(t, "clouds.yaml", yaml), env: {} });
  t.teardown(() => clouds.close());
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({
      sealKey: new Uint8Array(32),
      compute: { polls: { minIntervalMs: 50, maxIntervalMs: 500 } },
    }),
    clouds,
    oauth: { signIns: clouds, keys: [new Uint8Array(32).fill(3)] },
    tls: { cert: readFileSync(certificate), key: readFileSync(`${root}test/server/tls-key.pem`) },
  });
  t.teardown(() => server.close());
  const { location } = world;
  const access = world.client(AccessService);
  const { apiUser, secret } = await access.createApiUser({
    location,
    name: world.unique("client"),
    access: ApiUserAccess.EVERYTHING,
  });
  t.teardown(() => access.deleteApiUser({ location, nameOrId: apiUser?.id ?? "" }));
  const endpoint = `https://127.0.0.1:${server.port}`;
  const file = new CredentialsFile(`${t.testdir({})}/credentials.json`);
  await file.update(async () => ({
    default: {
      endpoint,
      tokenEndpoint: `${endpoint}/oauth/token`,
      clientId: apiUser?.id ?? "",
      clientSecret: secret,
      cloud: "demo",
      project: "demo",
      expiresAt: "",
    },
  }));
  return file.path;
}

if (hasTools) {
  // On a busy machine that takes longer than a scenario may.
  const build =
    ". test/clients/tools.sh; for one in go connect_go python java ruby; do locked build_$one; done";
  await run(t, "", "bash", ["-c", build]);
}

for (const [client, [command, ...args]] of Object.entries(programs)) {
  contract(`the ${client} client reads the credentials file`, async (t, world) => {
    const file = await sharedOaktree(t, world);
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        OAKTREE_CREDENTIALS: file,
        OAKTREE_CA: certificate,
        OAKTREE_REGION: "RegionOne",
        NODE_EXTRA_CA_CERTS: certificate,
      },
    });
    t.teardown(() => child.kill());
    const [out, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    t.equal(code, 0, "it succeeds", { out, errors });
    t.match(out, /all are gone\n$/, "it comes to its end");
  });
}
