import { readFile } from "node:fs/promises";
import { type DescService, getOption } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t, { type Test } from "tap";
import { parse } from "yaml";
import { Clouds } from "../../src/cloud/clouds.ts";
import type { ComputeOptions } from "../../src/compute/handlers.ts";
import { shade } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";
import { createHandlers } from "../../src/handlers.ts";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";
import type { RunningServer } from "../../src/server/front-door.ts";
import { startServer } from "../../src/server/start.ts";
import { temporaryFile } from "./temporary-file.ts";

/** An OpenStack with an Oaktree in front of it: the make-believe one, or the real one. */
export interface World {
  /** Which of them. */
  readonly kind: "sandbox" | "openstack";
  /** The Oaktree, in personal use, on a real port. */
  readonly server: RunningServer;
  /** Its token. */
  readonly token: string;
  /** The cloud's entries of clouds.yaml, by user: demo, admin, alt, reader. */
  readonly clouds: Readonly<Record<string, CloudEntry>>;
  /** Where the tests work. */
  readonly location: { readonly cloud: string; readonly region: string };
  /** A gRPC client of a service. */
  client<S extends DescService>(service: S): Client<S>;
  /** A name that no other run has. */
  unique(prefix: string): string;
  /** Holds the test to have called, with success, an RPC that serves each of these operations of shade. */
  serves(t: Test, ...operations: string[]): void;
}

/** What the tests read of an entry of clouds.yaml. */
export interface CloudEntry {
  readonly auth: Readonly<Record<string, string>>;
  readonly region_name: string;
}

/** File of clouds of the real OpenStack. Absent: it is left out, and the runner says so. */
const openstackFile = process.env.OAKTREE_TEST_OPENSTACK;

/** Runs a contract test on every OpenStack that is there, from one source. */
export function contract(title: string, body: (t: Test, world: World) => Promise<void>): void {
  t.test(`${title} (sandbox)`, { timeout: 240_000 }, (t) => onSandbox(t, {}, body));
  openstackContract(title, body);
}

/** Runs a contract test on the real OpenStack alone: for what the sandbox does not have yet. */
export function openstackContract(title: string, body: (t: Test, world: World) => Promise<void>): void {
  if (openstackFile !== undefined) {
    t.test(`${title} (openstack)`, { timeout: 600_000 }, async (t) =>
      inWorld(t, "openstack", await readFile(openstackFile, "utf8"), {}, body),
    );
  }
}

/** Runs a test on a sandbox of its own. */
export async function onSandbox(
  t: Test,
  options: SandboxOptions,
  body: (t: Test, world: World) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50, ...options });
  t.teardown(() => sandbox.close());
  await inWorld(
    t,
    "sandbox",
    sandbox.cloudsYaml(),
    { polls: { minIntervalMs: 20, maxIntervalMs: 20 } },
    body,
  );
}

async function inWorld(
  t: Test,
  kind: World["kind"],
  cloudsYaml: string,
  compute: ComputeOptions,
  body: (t: Test, world: World) => Promise<void>,
): Promise<void> {
  const clouds = await Clouds.load({ file: await temporaryFile(t, "clouds.yaml", cloudsYaml), env: {} });
  t.teardown(() => clouds.close());
  const token = "contract-token";
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({ sealKey: new Uint8Array(32), compute }),
    clouds,
    token,
  });
  t.teardown(() => server.close());
  const called = new Set<string>();
  const interceptors: Interceptor[] = [
    (next) => async (request) => {
      request.header.set("authorization", `Bearer ${token}`);
      const response = await next(request);
      for (const operation of getOption(request.method, shade)) {
        called.add(operation);
      }
      return response;
    },
  ];
  const transport = createGrpcTransport({ baseUrl: server.url, interceptors });
  await body(t, {
    kind,
    server,
    token,
    clouds: (parse(cloudsYaml) as { clouds: Record<string, CloudEntry> }).clouds,
    location: { cloud: "demo", region: "RegionOne" },
    client: (service) => createClient(service, transport),
    unique: (prefix) => `${prefix}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
    serves: (t, ...operations) => {
      for (const operation of operations) {
        t.ok(called.has(operation), `an RPC that serves ${operation} was called`);
      }
    },
  });
}
