import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { parse, stringify } from "yaml";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { type OaktreeProcess, startOaktree } from "../support/oaktree-process.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { Upstream } from "../support/upstream.ts";
import type { CloudEntry } from "../support/worlds.ts";
import { addNetwork, addProject, addRouter, removeFloatingIps, removeServers } from "./leftovers.ts";

/** An OpenStack with gateways before it, for Oaktrees in processes of their own. */
export interface Proof {
  /** Which OpenStack it is. */
  readonly kind: "sandbox" | "openstack";
  /** Nova, as the Oaktrees reach it. */
  readonly nova: Gateway;
  /** Neutron, as the Oaktrees reach it. */
  readonly neutron: Gateway;
  /** What the names of all that this run makes begin with. */
  readonly prefix: string;
  /** The location of a user's project. */
  at(user: string): { cloud: string; region: string };
  /** The same OpenStack for a user, without Oaktree. What the run makes there is removed after it. */
  upstream(user: string): Promise<Upstream>;
  /**
   * A project that is nobody else's, cloud `scratch`, with a network of the name of the prefix
   * behind a router. In the sandbox, which is nobody else's, it is demo's.
   */
  scratch(): Promise<{ upstream: Upstream; network: string }>;
  /** Starts an Oaktree. */
  oaktree(): Promise<OaktreeProcess>;
  /** What a server of this run is made of. */
  server(user: string, name: string): ServerRequest;
}

/** The fields of `CreateServerRequest` that all servers of a proof have. */
export interface ServerRequest {
  readonly location: { readonly cloud: string; readonly region: string };
  readonly name: string;
  readonly image: string;
  readonly flavor: string;
  readonly networks: string[];
}

const openstackFile = process.env.OAKTREE_TEST_OPENSTACK;

/** Whether the proofs run in the sizes of which docs/proofs.md tells. */
export const isFull = process.env.OAKTREE_PROOF_SIZE === "full";

/** Runs a proof on the sandbox and, where there is one, on the real OpenStack. */
export function proof(
  title: string,
  options: SandboxOptions,
  body: (t: Test, proof: Proof) => Promise<void>,
): void {
  t.test(`${title} (sandbox)`, { timeout: 240_000 }, async (t) => {
    const sandbox = await startSandbox({ buildMs: 1500, deleteMs: 500, ...options });
    t.teardown(() => sandbox.close());
    await run(t, "sandbox", sandbox.cloudsYaml(), body);
  });
  if (openstackFile !== undefined) {
    t.test(`${title} (openstack)`, { timeout: isFull ? 3_600_000 : 600_000 }, async (t) =>
      run(t, "openstack", await readFile(openstackFile, "utf8"), body),
    );
  }
}

async function run(
  t: Test,
  kind: Proof["kind"],
  yaml: string,
  body: (t: Test, proof: Proof) => Promise<void>,
): Promise<void> {
  const { clouds } = parse(yaml) as { clouds: Record<string, CloudEntry> };
  const prefix = `proof-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const isShared = kind === "openstack";
  const users = { ...clouds, scratch: isShared ? ofProject(clouds, prefix) : entryOf(clouds, "demo") };
  const upstream = async (user: string) => {
    const client = await Upstream.login(entryOf(users, user));
    t.teardown(() => removeServers(client, prefix));
    return client;
  };
  const endpoints = await Upstream.login(entryOf(users, "demo"));
  const [nova, neutron] = await Promise.all([
    openGateway(t, endpoints.endpoint("compute")),
    openGateway(t, endpoints.endpoint("network")),
  ]);
  const overrides = { compute_endpoint_override: nova.url, network_endpoint_override: neutron.url };
  const viaGateways = Object.entries(users).map(([name, entry]) => [name, { ...entry, ...overrides }]);
  const content = stringify({ clouds: Object.fromEntries(viaGateways) }, { aliasDuplicateObjects: false });
  const file = await temporaryFile(t, "clouds.yaml", content);
  await body(t, {
    kind,
    nova,
    neutron,
    prefix,
    at: (user) => ({ cloud: user, region: entryOf(users, user).region_name }),
    upstream,
    scratch: async () => {
      if (!isShared) {
        return { upstream: await upstream("demo"), network: "private" };
      }
      const project = await addProject(
        await Upstream.login(entryOf(users, "admin")),
        prefix,
        users.scratch.auth.username ?? "",
      );
      t.teardown(project.remove);
      const owner = await Upstream.login(users.scratch);
      const network = await addNetwork(owner, prefix);
      t.teardown(network.remove);
      const router = await addRouter(owner, prefix, network.subnetId);
      t.teardown(router.remove);
      t.teardown(() => removeFloatingIps(owner));
      return { upstream: await upstream("scratch"), network: prefix };
    },
    oaktree: () => startOaktree(t, file),
    server: (user, name) => ({
      location: { cloud: user, region: entryOf(users, user).region_name },
      name: `${prefix}-${name}`,
      image: "lab-small",
      flavor: "m1.nano",
      networks: ["private"],
    }),
  });
}

function ofProject(clouds: Readonly<Record<string, CloudEntry>>, name: string): CloudEntry {
  const { auth, ...rest } = entryOf(clouds, "demo");
  const { project_id, ...user } = auth;
  return { ...rest, auth: { ...user, project_name: name } };
}

function entryOf(clouds: Readonly<Record<string, CloudEntry>>, user: string): CloudEntry {
  const entry = clouds[user];
  if (entry === undefined) {
    throw new Error(`the clouds.yaml of the tests has no cloud ${user}`);
  }
  return entry;
}
