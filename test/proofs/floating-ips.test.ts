import { setTimeout as delay } from "node:timers/promises";
import { ConnectError } from "@connectrpc/connect";
import type { JsonValue } from "../../src/cloud/json.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import type { OaktreeProcess } from "../support/oaktree-process.ts";
import type { Upstream } from "../support/upstream.ts";
import { floatingIpsOf } from "./leftovers.ts";
import { isFull, type Proof, proof } from "./proof.ts";

/** What a caller was told: this address leads to this server. */
interface Told {
  readonly who: "new" | "reuse" | "attach" | "foreign";
  readonly serverId: string;
  readonly address: string;
}

/** How often a caller tries again after a foreign client took the address away from it. */
const tries = 10;

class Callers {
  /** How often Oaktree or the foreign client came too late. */
  readonly late = { oaktree: 0, foreign: 0 };
  readonly #world: Proof;
  readonly #foreign: Upstream;
  readonly #network: string;

  constructor(world: Proof, foreign: Upstream, network: string) {
    this.#world = world;
    this.#foreign = foreign;
    this.#network = network;
  }

  /** Makes a server; with `autoIp` its address comes with it. */
  async server(oaktree: OaktreeProcess, name: string, more: object) {
    const compute = oaktree.client(ComputeService);
    const networks = [this.#network];
    const request = { ...this.#world.server("scratch", name), networks, requestId: name, ...more };
    // So many at once are too much for a small Nova, which then answers too late.
    const again = async (error: unknown) => {
      const isLost = (await failure(Promise.reject(error))).reason === "OUTCOME_UNKNOWN";
      return isLost ? compute.createServer(request) : Promise.reject(error);
    };
    const { server } = await compute.createServer(request).catch(again);
    const nameOrId = server?.id ?? "";
    const up = await compute.waitForServerStatus({ location: request.location, nameOrId });
    return { serverId: nameOrId, address: up.server?.publicV4 ?? "" };
  }

  /** Asks one Oaktree for an address that is free, then has another one attach it. */
  async attach(oaktree: OaktreeProcess, other: OaktreeProcess, name: string): Promise<Told> {
    const { serverId } = await this.server(oaktree, name, {});
    const network = oaktree.client(NetworkService);
    const attaching = other.client(NetworkService);
    const location = this.#world.at("scratch");
    for (let tried = 0; tried < tries; tried++) {
      const { floatingIp } = await network.availableFloatingIp({ location });
      const address = floatingIp?.floatingIpAddress ?? "";
      try {
        await attaching.addIpsToServer({ location, server: serverId, ips: [address] });
        return { who: "attach", serverId, address };
      } catch (error) {
        // Between the two calls only somebody else can have taken it.
        if (!/is on another port/.test(ConnectError.from(error).message)) {
          throw error;
        }
        this.late.oaktree++;
      }
    }
    throw new Error(`${tries} addresses were taken away`);
  }

  /** What other tools do: look for a free address, and attach it in a second step. */
  async foreign(oaktree: OaktreeProcess, name: string): Promise<Told> {
    const { serverId } = await this.server(oaktree, name, {});
    const [port] = await this.#foreign.list("network", `/v2.0/ports?device_id=${serverId}`);
    const own = `/v2.0/floatingips?project_id=${this.#foreign.projectId}`;
    for (let tried = 0; tried < tries; tried++) {
      const [free] = (await this.#foreign.list("network", own)).filter(({ port_id }) => !port_id);
      if (free === undefined) {
        break;
      }
      const body = { floatingip: { port_id: port?.id ?? null } };
      const { status } = await this.#foreign.send("network", "PUT", `/v2.0/floatingips/${free.id}`, body);
      if (status === 200) {
        return { who: "foreign", serverId, address: String(free.floating_ip_address) };
      }
      this.late.foreign++;
    }
    const made = await addAddress(this.#foreign, { port_id: String(port?.id) });
    return { who: "foreign", serverId, address: String(made.floating_ip_address) };
  }
}

proof(
  "two Oaktrees give no address to two servers, and reap none that is to be attached",
  {},
  async (t, world) => {
    const number = isFull ? 50 : 8;
    const { upstream: foreign, network } = await world.scratch();
    const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
    const callers = new Callers(world, foreign, network);
    const ended = new AbortController();
    const reaped = Promise.all([
      reap(world, one, true, ended.signal),
      reap(world, two, true, ended.signal),
      reap(world, two, false, ended.signal),
    ]);
    const strewn = strew(foreign, number, ended.signal);
    const told = await Promise.all(
      Array.from({ length: number }, async (_, caller): Promise<Told> => {
        const name = `f${caller}`;
        const [by, other] = caller % 8 < 4 ? [one, two] : [two, one];
        switch (caller % 4) {
          case 0:
            return { who: "new", ...(await callers.server(by, name, { autoIp: true })) };
          case 1:
            return { who: "reuse", ...(await callers.server(by, name, { autoIp: true, reuseIps: true })) };
          case 2:
            return callers.attach(by, other, name);
          default:
            return callers.foreign(two, name);
        }
      }),
    ).finally(() => ended.abort());
    const [byOne, byTwo, before] = await reaped;
    const lying = await strewn;
    const now = await Promise.all(
      told.map(async (one) => ({
        ...one,
        has: (await floatingIpsOf(foreign, one.serverId)).map((raw) => raw.floating_ip_address),
      })),
    );
    const byOaktree = now.filter(({ who }) => who !== "foreign");
    const addresses = byOaktree.map(({ address }) => address).filter((address) => address !== "");
    t.equal(new Set(addresses).size, addresses.length, "no two callers of Oaktree are told of one address");
    const takenByForeign = new Set(now.filter(({ who }) => who === "foreign").flatMap(({ has }) => has));
    const attached = await attachedByOaktree(world, foreign);
    let taken = 0;
    for (const { who, serverId, address, has } of byOaktree) {
      // Where the address was gone before Oaktree answered, the caller is told of none: what Oaktree attached counts.
      const given = address === "" ? (attached.get(serverId) ?? "") : address;
      if (who !== "new" && takenByForeign.has(given)) {
        // The foreign client had seen it as free, and Neutron gave it what was attached by then.
        taken++;
      } else {
        t.strictSame(
          has,
          [address],
          `${who}: the server has what its caller was told of, neither taken nor reaped`,
        );
      }
    }
    const lost = now.filter(({ who, address, has }) => who === "foreign" && !has.includes(address));
    const toForeign = lost.filter(({ address }) => takenByForeign.has(address)).length;
    const toOaktree = lost.filter(({ address }) => addresses.includes(address)).length;
    t.strictSame(before, [], "nothing is reaped before its time");
    const used = byOaktree.filter(({ address }) => lying.has(address)).length;
    t.comment(
      `${number} callers, ${lying.size} addresses lay about: Oaktree used ${used}, reaped ${byOne.length + byTwo.length}, ` +
        `came too late ${callers.late.oaktree} times; the foreign client came too late ` +
        `${callers.late.foreign} times, took ${taken} from servers, and lost ${lost.length}: ` +
        `${toForeign} to itself, ${toOaktree} to servers, the others to the reaper`,
    );
  },
);

proof(
  "an address that a foreign client takes before the wait answers is lost to the server",
  {},
  async (t, world) => {
    const { upstream: foreign, network } = await world.scratch();
    const oaktree = await world.oaktree();
    const callers = new Callers(world, foreign, network);
    const other = await callers.server(oaktree, "other", {});
    const [port] = await foreign.list("network", `/v2.0/ports?device_id=${other.serverId}`);
    const lying = await addAddress(foreign, {});
    const taken = world.neutron.delayNext("PUT", /\/floatingips\/[^/]+$/, async () => {
      const body = { floatingip: { port_id: String(port?.id) } };
      const { status } = await foreign.send("network", "PUT", `/v2.0/floatingips/${lying.id}`, body);
      t.equal(status, 200, "Neutron lets it");
    });
    const told = await callers.server(oaktree, "robbed", { autoIp: true, reuseIps: true });
    await taken;
    const attached = await attachedByOaktree(world, foreign);
    t.equal(attached.get(told.serverId), lying.floating_ip_address, "Oaktree had attached it");
    // Nova's own view of a server's addresses lags behind Neutron's, so it may still show what is gone.
    const lost = lying.floating_ip_address;
    t.ok(
      ["", ...(world.kind === "openstack" ? [lost] : [])].includes(told.address),
      "told of no other address",
    );
    const has = await floatingIpsOf(foreign, other.serverId);
    t.strictSame(
      has.map(({ id }) => id),
      [lying.id],
      "the foreign client has it",
    );
  },
);

/** The address that Oaktree attached to each server last, as the gateway saw it; Neutron said that it did. */
async function attachedByOaktree({ neutron }: Proof, upstream: Upstream): Promise<Map<string, JsonValue>> {
  const own = `/v2.0/floatingips?project_id=${upstream.projectId}`;
  const [ports, floatingIps] = await Promise.all([
    upstream.list("network", "/v2.0/ports"),
    upstream.list("network", own),
  ]);
  const found = new Map<string, JsonValue>();
  for (const { method, path, status, body } of neutron.passed) {
    const [, id] = /\/floatingips\/([^/?]+)$/.exec(path) ?? [];
    if (method !== "PUT" || status !== 200 || id === undefined) {
      continue;
    }
    const { floatingip } = JSON.parse(body) as { floatingip: { port_id?: string } };
    const port = ports.find((one) => one.id === floatingip.port_id);
    const address = floatingIps.find((one) => one.id === id)?.floating_ip_address;
    if (port !== undefined && address !== undefined) {
      found.set(String(port.device_id), address);
    }
  }
  return found;
}

/** Deletes what is attached to nothing, of any age or of an hour, again and again, and answers the addresses. */
async function reap(world: Proof, oaktree: OaktreeProcess, atOnce: boolean, signal: AbortSignal) {
  const network = oaktree.client(NetworkService);
  const minAge = { seconds: atOnce ? 0n : 3600n, nanos: 0 };
  const request = { location: world.at("scratch"), minAge };
  const addresses: string[] = [];
  while (!signal.aborted) {
    const { deleted } = await network.deleteUnattachedFloatingIps(request);
    addresses.push(...deleted.map(({ floatingIpAddress }) => floatingIpAddress));
    await delay(500, undefined, { signal }).catch(() => {});
  }
  return addresses;
}

/** Leaves up to `most` addresses about that are attached to nothing, as tools do that died, and answers them. */
async function strew(upstream: Upstream, most: number, signal: AbortSignal) {
  const addresses = new Set<unknown>();
  while (!signal.aborted && addresses.size < most) {
    addresses.add((await addAddress(upstream, {})).floating_ip_address);
    await delay(500, undefined, { signal }).catch(() => {});
  }
  return addresses;
}

async function addAddress(upstream: Upstream, more: Record<string, string>) {
  const [external] = await upstream.list("network", "/v2.0/networks?router:external=True");
  const floatingip = { floating_network_id: String(external?.id), ...more };
  return upstream.make("network", "/v2.0/floatingips", { floatingip });
}
