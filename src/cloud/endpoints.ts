import { BoundedMap } from "./bounded-map.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { bestVersion, type EndpointUrl, parseEndpoint, parseVersions, type Version } from "./discovery.ts";
import { Fault, isFault } from "./fault.ts";
import type { Limits } from "./limits.ts";
import type { MicroversionRange } from "./microversion.ts";
import type { CallScope } from "./region.ts";
import { shared, within } from "./scope.ts";
import { versionsOf } from "./service-types.ts";
import { SingleFlight } from "./single-flight.ts";
import { strictJson } from "./strict-json.ts";
import { metadataOf, placeOf, type Upstream } from "./upstream-fault.ts";

/** A versioned endpoint. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path before the resources' own, without a slash at its end. */
  readonly base: string;
  /** Path before the version, without a slash at its end. */
  readonly root: string;
  /** Microversions, where the service has some. */
  readonly range: MicroversionRange | undefined;
}

/** What was discovered of an endpoint: everything but the suffix, which is the project's. */
interface Discovered {
  readonly version: string;
  readonly range: MicroversionRange | undefined;
  readonly until: number;
}

/** Endpoints that are remembered: services times regions, with room to spare. */
const remembered = 256;

/** How long a discovery that failed is let rest, in milliseconds. */
const failedMs = 30_000;

/** How long a discovery may take, in milliseconds. */
const discoveryMs = 60_000;

/** Finds the versioned endpoints of one cloud. Version documents are public, so all callers share them. */
export class Endpoints {
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #known = new BoundedMap<Discovered>(remembered);
  readonly #parsed = new BoundedMap<EndpointUrl>(remembered);
  readonly #running = new SingleFlight<Discovered>();

  /** Asks nothing yet. */
  constructor(connection: Connection, limits: Limits, clock: Clock, closing: AbortSignal) {
    this.#connection = connection;
    this.#limits = limits;
    this.#clock = clock;
    this.#closing = closing;
  }

  /** The versioned endpoint at a URL out of the catalogue or the configuration. */
  async find(upstream: Upstream, url: string, scope: CallScope): Promise<Endpoint> {
    const parts = this.#partsOf(upstream, url);
    const { origin, prefix, suffix } = parts;
    const { version, range } = await this.#version(upstream, parts, scope);
    return { origin, root: prefix, base: `${prefix}${version && `/${version}`}${suffix}`, range };
  }

  #partsOf(upstream: Upstream, url: string): EndpointUrl {
    const known = this.#parsed.get(url);
    if (known !== undefined) {
      return known;
    }
    const parts = parseEndpoint(url);
    if (parts === undefined) {
      throw new Fault(
        "CLOUD_MISCONFIGURED",
        `the endpoint of ${upstream.service} of ${placeOf(upstream)} is not an http URL`,
        { metadata: metadataOf(upstream) },
      );
    }
    this.#parsed.set(url, parts);
    return parts;
  }

  async #version(
    upstream: Upstream,
    parts: EndpointUrl,
    scope: CallScope,
  ): Promise<Omit<Discovered, "until">> {
    const { segment, major, microversions } = versionsOf(upstream.service);
    const versioned = parts.version !== "" && Number.parseInt(parts.version.slice(1), 10) === major;
    const nothingToFind = major === undefined && microversions === undefined;
    if (nothingToFind || (versioned && microversions === undefined)) {
      return { version: parts.version, range: undefined };
    }
    // Neutron and Octavia have had one path only; openstacksdk does not discover them either.
    if (segment === "v2.0" && parts.version === "") {
      return { version: segment, range: undefined };
    }
    const key = [upstream.service, parts.origin, parts.prefix, parts.version].join(" ");
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.now()) {
      return known;
    }
    const found = this.#running.run(key, () =>
      shared(scope, this.#closing, discoveryMs, this.#clock.now, async (own) => {
        const discovered = await this.#discover(upstream, parts, own);
        this.#known.set(key, discovered);
        return discovered;
      }),
    );
    return await within(scope, found, this.#clock.now);
  }

  async #discover(upstream: Upstream, parts: EndpointUrl, scope: CallScope): Promise<Discovered> {
    const { segment = "", major, microversions } = versionsOf(upstream.service);
    const now = this.#clock.now();
    // The root knows of versions that a catalogue from before them does not: Nova's v2 and v2.1.
    const candidates =
      parts.version === segment && segment !== "" ? [parts.version, ""] : ["", parts.version];
    let unreachable: Fault | undefined;
    let offered: Version[] = [];
    for (const candidate of new Set(candidates)) {
      const versions = await this.#document(upstream, parts, candidate, scope).catch((error: unknown) => {
        if (!isFault(error, "UPSTREAM_UNAVAILABLE", "UPSTREAM_GARBAGE")) {
          throw error;
        }
        unreachable ??= error.reason === "UPSTREAM_UNAVAILABLE" ? error : undefined;
        return [];
      });
      const best = major === undefined ? versions[0] : bestVersion(versions, major);
      if (best !== undefined && (best.range !== undefined || microversions === undefined)) {
        const version = major === undefined ? parts.version : best.segment || parts.version || segment;
        return { version, range: best.range, until: now + this.#limits.discoveredMs };
      }
      offered = [...offered, ...versions];
    }
    return this.#undiscovered(upstream, parts, offered, unreachable, now);
  }

  /** Without a useful document a versioned URL will do, and else the usual path. */
  #undiscovered(
    upstream: Upstream,
    parts: EndpointUrl,
    offered: Version[],
    unreachable: Fault | undefined,
    now: number,
  ): Discovered {
    const { segment = "", major } = versionsOf(upstream.service);
    const until = now + failedMs;
    if (
      major === undefined ||
      (parts.version !== "" && Number.parseInt(parts.version.slice(1), 10) === major)
    ) {
      return { version: parts.version, range: undefined, until };
    }
    const usable = bestVersion(offered, major);
    if (usable !== undefined) {
      return { version: usable.segment || segment, range: undefined, until };
    }
    if (unreachable !== undefined) {
      throw unreachable;
    }
    if (offered.length > 0 || parts.version !== "") {
      const has = offered.map((version) => `v${version.id}`).join(", ") || parts.version;
      throw new Fault(
        "UNSUPPORTED_BY_CLOUD",
        `${upstream.service} of ${placeOf(upstream)} offers ${has}; Oaktree speaks v${major}`,
        { metadata: metadataOf(upstream) },
      );
    }
    return { version: segment, range: undefined, until };
  }

  async #document(
    upstream: Upstream,
    parts: EndpointUrl,
    version: string,
    scope: CallScope,
  ): Promise<Version[]> {
    const answer = await this.#connection.ask(
      {
        upstream,
        origin: parts.origin,
        path: `${parts.prefix}/${version && `${version}/`}`,
        method: "GET",
        headers: { accept: "application/json" },
        // Where there is a way to go on without the document, nobody should wait for it.
        repeat: parts.version === "" ? "always" : "never",
      },
      scope,
    );
    // An unversioned endpoint answers 300 Multiple Choices.
    const there = answer.status === 200 || answer.status === 300;
    return there ? parseVersions(strictJson(upstream, answer)) : [];
  }
}
