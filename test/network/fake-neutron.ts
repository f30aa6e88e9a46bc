import { Fault } from "../../src/cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/cloud/json.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { FakeRegion, notFound, type Script } from "../support/fake-region.ts";

/** Id of the caller's project. */
export const projectId = "619fe56dc009415983fb8414bb27c1e9";

/** Neutron's answers to what tests of floating IPs ask, with lists that the tests fill. */
export class FakeNeutron extends FakeRegion {
  override readonly settings: Record<string, JsonValue>;
  networks: JsonObject[] = [
    { id: "out", name: "public", "router:external": true, created_at: "2026-11-24T01:00:00Z" },
    { id: "in", name: "private", "router:external": false, created_at: "2026-11-24T01:00:00Z" },
  ];
  ports: JsonObject[] = [port("port-1", "in", "10.0.0.5")];
  floatingIps: JsonObject[] = [];
  servers: JsonObject[] = [];
  /** Answers before the lists do, where it gives anything. */
  before: Script = () => undefined;

  constructor(settings: Record<string, JsonValue> = {}) {
    super((request) => this.before(request) ?? this.#answer(request));
    this.settings = settings;
  }

  override identity = () =>
    Promise.resolve({
      userId: "u",
      userName: "demo",
      userDomain: { id: "default", name: "Default" },
      until: Date.UTC(2099, 0),
      project: { id: projectId, name: "demo", domainId: "default", domainName: "Default" },
      roles: ["member"],
    });

  #answer(request: RestRequest): ReturnType<Script> {
    const { method } = request;
    const [collection = "", id, more] = request.path.slice(1).split("/");
    if (collection === "floatingips" && method !== "GET") {
      return this.#change(request, id);
    }
    const lists: Record<string, JsonObject[]> = {
      networks: this.networks,
      subnets: [{ network_id: "in", ip_version: 4, gateway_ip: "10.0.0.1" }],
      ports: this.ports,
      routers: [],
      floatingips: this.floatingIps,
      servers: this.servers,
    };
    const list = lists[collection] ?? [];
    if (id === undefined || more !== undefined || id === "detail") {
      return { [collection]: list.filter((raw) => fits(raw, request.query)) };
    }
    const found = list.find((raw) => raw.id === id);
    return found === undefined ? notFound() : { [collection.slice(0, -1)]: found };
  }

  #change({ method, path, body }: RestRequest, id: string | undefined): JsonObject | Fault | undefined {
    const [, , , what, tag] = path.split("/");
    if (what === "tags" && tag !== undefined) {
      return this.#tag(method, decodeURIComponent(tag), id);
    }
    const given = isObject(body) && isObject(body.floatingip) ? body.floatingip : {};
    const at = this.floatingIps.findIndex((raw) => raw.id === id);
    if (method !== "POST" && at === -1) {
      return notFound();
    }
    if (method === "DELETE") {
      this.floatingIps.splice(at, 1);
      return undefined;
    }
    const taken = this.floatingIps.some((raw) => raw.port_id === given.port_id && raw.id !== id);
    if (typeof given.port_id === "string" && taken) {
      return new Fault("CONFLICT", "that fixed IP already has a floating IP");
    }
    if (method === "POST") {
      const number = this.floatingIps.length + 1;
      this.floatingIps.push({ ...floatingIp(`new-${number}`, `203.0.113.${100 + number}`), ...given });
      return { floatingip: this.floatingIps.at(-1) ?? null };
    }
    this.floatingIps[at] = { ...this.floatingIps[at], ...given };
    return { floatingip: this.floatingIps[at] ?? null };
  }

  #tag(method: string, tag: string, id: string | undefined): Fault | undefined {
    const raw = this.floatingIps.find((one) => one.id === id);
    // As before Rocky, where what has no tags cannot be tagged.
    if (raw === undefined || !Array.isArray(raw.tags)) {
      return notFound();
    }
    raw.tags = method === "PUT" ? [...raw.tags, tag] : raw.tags.filter((one) => one !== tag);
    return undefined;
  }
}

/** A port of the server `server-1`. */
export function port(id: string, networkId: string, address: string): JsonObject {
  return {
    id,
    network_id: networkId,
    device_id: "server-1",
    mac_address: `mac of ${id}`,
    fixed_ips: [{ ip_address: address }],
    created_at: "2026-11-24T01:00:00Z",
  };
}

/** A floating IP of the caller's project that is attached to nothing. */
export function floatingIp(id: string, address: string, more: JsonObject = {}): JsonObject {
  return {
    id,
    floating_ip_address: address,
    floating_network_id: "out",
    project_id: projectId,
    port_id: null,
    fixed_ip_address: null,
    tags: [],
    created_at: "2026-11-24T01:00:00Z",
    ...more,
  };
}

function fits(raw: JsonObject, query: RestRequest["query"] = {}): boolean {
  return Object.entries(query).every(
    ([key, value]) =>
      raw[key] === undefined || String(raw[key]).toLowerCase() === String(value).toLowerCase(),
  );
}
