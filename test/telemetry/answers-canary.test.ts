// What belongs to one caller, in shared use: its Keystone token, and the secrets in its requests and answers.
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t, { type Test } from "tap";
import { stringify } from "yaml";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import type { Sandbox } from "../../src/sandbox/start.ts";
import { startCollector, startWatched } from "./watched.ts";

const location = { cloud: "demo", region: "RegionOne" };
const chosen = "canary-chosen-password-51aa";

async function keystoneToken({ cloud }: Sandbox): Promise<string> {
  const {
    auth_url: url,
    username: name,
    password,
    project_name: project,
  } = cloud("demo").auth as Record<string, string>;
  const domain = { name: "Default" };
  const auth = {
    identity: { methods: ["password"], password: { user: { name, password, domain } } },
    scope: { project: { name: project, domain } },
  };
  const response = await fetch(`${url}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth }),
  });
  return response.headers.get("x-subject-token") ?? "";
}

/** Lives through a server's life in shared use, and tells what is a secret and where it might be. */
async function life(t: Test, leak?: (secrets: readonly string[]) => object) {
  const collector = await startCollector(t);
  const secrets: string[] = [chosen];
  const watched = await startWatched(t, {
    token: "not-used-in-shared-use",
    traces: collector.url,
    limits: { tries: 1 },
    ...(leak && { mixin: () => leak(secrets) }),
    cloudsYaml: ({ cloud }) =>
      stringify({
        clouds: { demo: { auth: { auth_url: cloud("demo").auth.auth_url }, region_name: "RegionOne" } },
      }),
  });
  const { faults } = watched.sandbox;
  const token = await keystoneToken(watched.sandbox);
  secrets.push(token);
  const withToken: Interceptor = (next) => (request) => {
    request.header.set("x-auth-token", token);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: watched.server.url, interceptors: [withToken] });
  const compute = createClient(ComputeService, transport);
  const wanted = { location, image: "lab-small", flavor: "m1.nano", networks: ["private"] };

  const { server } = await compute.createServer({ ...wanted, name: "canary" });
  t.ok(server?.adminPassword, "the caller gets the password");
  secrets.push(server?.adminPassword ?? "");
  const nameOrId = server?.id ?? "";
  await compute.waitForServerStatus({ location, nameOrId });
  const { output } = await compute.getServerConsole({ location, nameOrId });
  t.ok(output, "and what the console shows");
  secrets.push(...output.split("\n").filter((line) => line.length > 20));
  const errors: string[] = [];
  for (const status of [400, 403, 409, 500]) {
    const words = `no: adminPass ${chosen}, token ${token}`;
    const body = { badRequest: { code: status, message: words } };
    faults.next({ service: "compute", method: "POST", path: /servers$/ }, { kind: "answer", status, body });
    const refused = await compute
      .createServer({ ...wanted, name: "refused", adminPassword: chosen })
      .then(() => t.fail("it was not refused"), ConnectError.from);
    const { code = Code.Unknown, message = "" } = refused as ConnectError;
    t.not(code, Code.Unknown, message);
    errors.push(message);
  }
  const metrics = await watched.metrics();
  await watched.server.close();
  await watched.flush();
  return {
    secrets,
    places: { log: watched.log(), metrics, traces: collector.text(), errors: errors.join("\n") },
  };
}

/** Where secrets are, as `PLACE: WHICH`. */
function found({ secrets, places }: Awaited<ReturnType<typeof life>>): string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    secrets.flatMap((secret, index) => (text.includes(secret) ? [`${place}: secret ${index}`] : [])),
  );
}

t.test("a caller's token, passwords and console are its own", { timeout: 240_000 }, async (t) => {
  const lived = await life(t);
  t.ok(lived.secrets.length >= 4 && lived.secrets.every((secret) => secret.length > 8));
  t.match(lived.places.log, "CreateServer", "it was logged");
  t.match(lived.places.errors, "no: adminPass ***, token ***", "the cloud's words came through");
  t.strictSame(found(lived), []);
});

t.test("a logger that leaks one of them is caught", { timeout: 240_000 }, async (t) => {
  for (const index of [0, 1, 2]) {
    const leaky = await life(t, (secrets) => ({ headers: { "x-auth-token": secrets[index] } }));
    t.strictSame(found(leaky), [`log: secret ${index}`]);
  }
});
