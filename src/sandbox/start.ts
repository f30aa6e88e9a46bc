import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { cinder } from "./cinder/service.ts";
import { type CloudEntry, type CloudName, cloudEntry, cloudsYaml } from "./clouds.ts";
import { systemClock } from "./core/clock.ts";
import { Faults } from "./core/faults.ts";
import type { Service } from "./core/http.ts";
import { httpServer } from "./core/http-server.ts";
import { RequestLog } from "./core/request-log.ts";
import { Timeline } from "./core/timeline.ts";
import { glance } from "./glance/service.ts";
import { Identity } from "./keystone/identity.ts";
import { keystone } from "./keystone/service.ts";
import { neutron } from "./neutron/service.ts";
import { crowd } from "./nova/crowd.ts";
import { nova } from "./nova/service.ts";
import type { SandboxOptions, ServiceName } from "./options.ts";
import { effectsOf } from "./quirks/quirks.ts";
import { seed } from "./seed.ts";
import { readObject } from "./swift/read-object.ts";
import { swift, swiftSegments } from "./swift/service.ts";
import { emptyWorld } from "./world.ts";

export type { SandboxOptions, ServiceName } from "./options.ts";

/** A small OpenStack: Keystone, Nova, Glance, Neutron, Cinder and Swift on one port, in memory. */
export interface Sandbox {
  /** Its address: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** A clouds.yaml with the given clouds; all by default. */
  cloudsYaml(...names: CloudName[]): string;
  /** The clouds.yaml entry of one cloud; demo's by default. */
  cloud(name?: CloudName): CloudEntry;
  /** Faults to come. */
  readonly faults: Faults<ServiceName>;
  /** The requests that came in. */
  readonly requests: RequestLog<ServiceName>;
  /** The sandbox's time, in milliseconds since 1970. */
  now(): number;
  /** Moves the sandbox's time forward: what would have happened by then has happened. */
  advance(milliseconds: number): void;
  /** Makes every token invalid, as a cloud does when its keys are changed. */
  revokeTokens(): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/** Starts a sandbox. */
export async function startSandbox(given: SandboxOptions = {}): Promise<Sandbox> {
  const effects = effectsOf(given.quirks ?? []);
  const { novaMicroversion: version, pageLimit: limit, tokenMs } = effects;
  const options: SandboxOptions = {
    ...given,
    ...(version === undefined ? {} : { novaMicroversion: version }),
    ...(limit === undefined ? {} : { pageLimit: limit }),
    ...(tokenMs === undefined ? {} : { tokenMs }),
  };
  const { novaMicroversion = "2.93", password = "sandbox", pageLimit } = options;
  if (!/^2\.([1-9]|[1-8]\d|9[0-3])$/.test(novaMicroversion)) {
    throw new RangeError(`novaMicroversion is 2.1 to 2.93, not ${novaMicroversion}`);
  }
  const timeline = new Timeline(options.clock ?? systemClock);
  const quota = {
    instances: 2000 + (effects.crowd?.count ?? 0),
    cores: 8000 + (effects.crowd?.count ?? 0),
    ram: 134_217_728,
    keyPairs: 1000,
    ...options.quota,
  };
  const world = emptyWorld(
    timeline,
    quota,
    options.imageBytes ?? 512 * 1024 * 1024,
    options.objectBytes ?? 512 * 1024 * 1024,
  );
  seed(world, password, effects.networks ?? "usual");
  const identity = new Identity(
    world,
    options.tokenMs ?? 4 * 3_600_000,
    effects.networks === "none" ? ["network"] : [],
  );
  const faults = new Faults<ServiceName>();
  const log = new RequestLog<ServiceName>(options.logSize ?? 1000);
  const { buildMs = 2000, deleteMs = 500, changeMs = buildMs / 4 } = options;
  const novaSettings = {
    maxMicroversion: novaMicroversion,
    buildMs,
    deleteMs,
    changeMs,
    pageLimit: pageLimit ?? 1000,
  };
  if (effects.crowd !== undefined) {
    const demo = [...world.users.values()].find(({ name }) => name === "demo");
    crowd(world, novaSettings, { projectId: demo?.project.id ?? "", userId: demo?.id ?? "" }, effects.crowd);
  }
  for (const fault of effects.faults) {
    fault(faults, () => identity.revokeAll());
  }
  const services: Record<ServiceName, Service> = {
    identity: keystone(identity),
    compute: nova(world, identity, novaSettings),
    image: glance(world, identity, {
      pageLimit: pageLimit ?? 1000,
      diskFormat: effects.diskFormat,
      importMs: changeMs,
      objects: effects.taskUploads === true ? (...where) => readObject(world, ...where) : undefined,
    }),
    network: neutron(world, identity, pageLimit),
    volume: cinder(world, identity, {
      maxMicroversion: "3.70",
      fillMs: changeMs,
      deleteMs,
      pageLimit: pageLimit ?? 1000,
    }),
    "object-store": swift(world, identity),
  };
  const rooted = Object.fromEntries(swiftSegments.map((segment) => [segment, "object-store"]));
  const host = options.host ?? "127.0.0.1";
  let url = "";
  const server = httpServer({ services, rooted, faults, log, timeline, url: () => url });
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    url,
    cloudsYaml: (...names) =>
      cloudsYaml(
        url,
        password,
        names.length > 0 ? names : ["admin", "demo", "alt", "reader", "system", "demo2"],
      ),
    cloud: (name = "demo") => cloudEntry(url, password, name),
    faults,
    requests: log,
    now: () => timeline.now(),
    advance: (milliseconds) => timeline.advance(milliseconds),
    revokeTokens: () => identity.revokeAll(),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
