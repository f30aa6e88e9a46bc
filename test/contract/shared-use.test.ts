import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { createHandlers } from "../../src/handlers.ts";
import { startServer } from "../../src/server/start.ts";
import { failure } from "../support/faults.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { contract, type World } from "../support/worlds.ts";

/** Asks Keystone for a token, as any tool of the user's would. */
async function issue(world: World, user: string): Promise<string> {
  const auth = world.clouds[user]?.auth ?? {};
  const domain = { name: auth.user_domain_name ?? "Default" };
  const url = `${auth.auth_url?.replace(/\/v3\/?$/, "")}/v3/auth/tokens`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: auth.username, password: auth.password, domain } },
        },
        scope: { project: { name: auth.project_name, domain } },
      },
    }),
  });
  return response.headers.get("x-subject-token") ?? "";
}

/** An Oaktree whose clouds.yaml holds no secrets, with two names for the same cloud. */
async function sharedOaktree(t: Test, world: World) {
  const url = world.clouds.demo?.auth.auth_url ?? "";
  const yaml = `clouds:\n${["one", "two"]
    .map((name) => `  ${name}: {auth: {auth_url: "${url}"}, region_name: RegionOne}\n`)
    .join("")}`;
  const clouds = await Clouds.load({ file: await temporaryFile(t, "clouds.yaml", yaml), env: {} });
  t.teardown(() => clouds.close());
  const handlers = createHandlers({ sealKey: new Uint8Array(32) });
  const server = await startServer({ listen: { host: "127.0.0.1", port: 0 }, handlers, clouds });
  t.teardown(() => server.close());
  return (headers: Record<string, string>) =>
    createClient(
      ComputeService,
      createGrpcTransport({
        baseUrl: server.url,
        interceptors: [
          (next) => (request) => {
            for (const [name, value] of Object.entries(headers)) {
              request.header.set(name, value);
            }
            return next(request);
          },
        ],
      }),
    );
}

contract("in shared use each caller's own Keystone token decides", async (t, world) => {
  const oaktree = await sharedOaktree(t, world);
  const demo = await issue(world, "demo");
  const alt = await issue(world, "alt");
  const limitsOf = async (headers: Record<string, string>) =>
    oaktree(headers).listFlavors({ nameOrId: "m1.nano" });

  for (const header of [{ authorization: `Bearer ${demo}` }, { "x-auth-token": demo }]) {
    const { flavors } = await limitsOf({ ...header, "x-oaktree-cloud": "one" });
    t.match(flavors, [{ name: "m1.nano", location: { cloud: "one", region: "RegionOne" } }]);
  }
  t.match(await failure(limitsOf({})), { reason: "CREDENTIAL_MISSING" });
  t.match(await failure(limitsOf({ "x-auth-token": demo })), {
    reason: "INVALID_REQUEST",
    message: /one, two/,
  });
  t.match(await failure(limitsOf({ "x-auth-token": "gAAAAAnonsense", "x-oaktree-cloud": "one" })), {
    reason: "CREDENTIAL_INVALID",
  });
  t.match(
    await failure(
      limitsOf({
        "x-auth-token": demo,
        authorization: `Bearer ${alt}`,
        "x-oaktree-cloud": "one",
      }),
    ),
    { reason: "CREDENTIAL_CONFLICT" },
  );
  const elsewhere = oaktree({ "x-auth-token": demo, "x-oaktree-cloud": "one" });
  t.match(await failure(elsewhere.listFlavors({ location: { cloud: "two" } })), {
    reason: "CREDENTIAL_FOR_OTHER_CLOUD",
  });
});

contract("nothing of one caller is shown to another", async (t, world) => {
  const oaktree = await sharedOaktree(t, world);
  const [demo, alt] = await Promise.all([issue(world, "demo"), issue(world, "alt")]);
  const as = (token: string) => oaktree({ "x-auth-token": token, "x-oaktree-cloud": "one" });
  const name = world.unique("private");
  const { server } = await as(demo).createServer({
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  });
  const nameOrId = server?.id ?? "";
  t.teardown(() =>
    world.client(ComputeService).deleteServer({ location: world.location, nameOrId, allowMissing: true }),
  );
  t.match((await as(demo).waitForServerStatus({ nameOrId })).server, { statusText: "ACTIVE" });
  t.strictSame((await as(alt).listServers({ nameOrId: name })).servers, []);
  t.match(await failure(as(alt).getServer({ nameOrId })), { reason: "NOT_FOUND" });
  t.match(await failure(as(alt).waitForServer({ nameOrId })), { reason: "NOT_FOUND" });
  t.match(await failure(as(alt).deleteServer({ nameOrId })), { reason: "NOT_FOUND" });
});
