import { Fault } from "./fault.ts";
import { isObject, type JsonValue } from "./json.ts";
import type { CatalogueService } from "./region.ts";
import { catalogueTypes, officialType } from "./service-types.ts";

interface Endpoint {
  readonly type: string;
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

/** What a token's catalogue says of where the services are. */
export class Catalogue {
  readonly #endpoints: readonly Endpoint[];

  /** Reads the `catalog` of a token. Entries that are not as they should be are left out. */
  constructor(catalog: JsonValue | undefined) {
    this.#endpoints = Array.isArray(catalog) ? catalog.flatMap(endpointsOf) : [];
  }

  /** Names of the regions, sorted. */
  regions(): string[] {
    return [...new Set(this.#endpoints.map((endpoint) => endpoint.region))].filter(Boolean).sort();
  }

  /** The services, in all regions. */
  services(): CatalogueService[] {
    const found = new Map<string, CatalogueService>();
    for (const { type, url } of this.#endpoints) {
      const root = (URL.parse(url)?.pathname ?? "").replace(/\/v\d[^/]*(\/.*)?$|\/+$/, "");
      found.set(`${type} ${root}`, { service: officialType(type), type, root });
    }
    return [...found.values()];
  }

  /** The service's URL for the first of the interfaces that it has in the region. */
  find(service: string, region: string, interfaces: readonly string[]): string | undefined {
    const here = this.#here(region);
    for (const wanted of interfaces) {
      for (const type of catalogueTypes(service)) {
        const found = here.find((endpoint) => endpoint.type === type && endpoint.interface === wanted);
        if (found !== undefined) {
          return found.url;
        }
      }
    }
    return undefined;
  }

  /** The error for a service that {@link find} did not find. */
  missing(service: string, cloud: string, region: string, interfaces: readonly string[]): Fault {
    const types = new Set(this.#here(region).map((endpoint) => officialType(endpoint.type)));
    const has = [...types].sort().join(", ") || "nothing";
    const regions = this.regions();
    const place =
      regions.includes(region) || regions.length === 0 ? "" : `; its regions are ${regions.join(", ")}`;
    return new Fault(
      "SERVICE_NOT_AVAILABLE",
      `the cloud ${cloud} has no ${interfaces.join(" or ")} ${service} service in the region ${region}: ` +
        `the catalogue has ${has} there${place}`,
      { metadata: { cloud, region, service } },
    );
  }

  /** An endpoint without a region serves all of them. */
  #here(region: string): Endpoint[] {
    return this.#endpoints.filter((endpoint) => endpoint.region === region || endpoint.region === "");
  }
}

function endpointsOf(entry: JsonValue): Endpoint[] {
  if (!isObject(entry) || typeof entry.type !== "string" || !Array.isArray(entry.endpoints)) {
    return [];
  }
  const type = entry.type;
  return entry.endpoints.flatMap((endpoint) => {
    if (!isObject(endpoint)) {
      return [];
    }
    const { url } = endpoint;
    const region = endpoint.region ?? endpoint.region_id ?? "";
    const kind = endpoint.interface;
    return typeof url === "string" && typeof region === "string" && typeof kind === "string"
      ? [{ type, interface: kind.replace(/URL$/, ""), region, url }]
      : [];
  });
}
