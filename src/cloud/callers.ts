import { createHash } from "node:crypto";
import { tokenDigest } from "./caller-sessions.ts";
import type { Cloud } from "./cloud.ts";
import type { CloudEntry, RegionEntry } from "./cloud-entry.ts";
import { CloudRegion } from "./cloud-region.ts";
import { FailedRegion } from "./failed-region.ts";
import { Fault } from "./fault.ts";
import type { Caller, CallScope, Region } from "./region.ts";
import type { Sessions } from "./session.ts";

/** Which regions a call asks for. */
interface Selector {
  readonly cloud?: string;
  readonly region?: string;
}

/** A configured cloud, or why its configuration is wrong. */
export type CloudOrFault = Cloud | Fault;

/** The caller of personal use: it reaches every cloud that has a credential of its own. */
export class PersonalCaller implements Caller {
  readonly label = "personal";
  readonly #clouds: ReadonlyMap<string, CloudOrFault>;

  /** Calls on these clouds. */
  constructor(clouds: ReadonlyMap<string, CloudOrFault>) {
    this.#clouds = clouds;
  }

  async regions(selector: Selector, scope: CallScope): Promise<Region[]> {
    const chosen = selector.cloud === undefined ? this.#usable() : [this.#named(selector.cloud)];
    const regions = await Promise.all(
      chosen.map(async ([name, cloud]) => {
        if (cloud instanceof Fault) {
          return [new FailedRegion(name, selector.region ?? "", cloud)];
        }
        try {
          return await regionsOf(cloud, selector.region, cloud.own, personalRights(cloud.entry), scope);
        } catch (error) {
          return [new FailedRegion(name, selector.region ?? "", error)];
        }
      }),
    );
    return found(regions.flat(), selector, [...this.#clouds.keys()]);
  }

  #usable(): [string, CloudOrFault][] {
    const usable = [...this.#clouds].filter(([, cloud]) => cloud instanceof Fault || cloud.entry.credential);
    if (usable.length === 0) {
      throw new Fault("CREDENTIAL_MISSING", "no configured cloud has a credential of its own");
    }
    return usable;
  }

  #named(name: string): [string, CloudOrFault] {
    const cloud = this.#clouds.get(name);
    if (cloud === undefined) {
      throw unknownCloud(name, [...this.#clouds.keys()]);
    }
    if (!(cloud instanceof Fault) && cloud.entry.credential === undefined) {
      throw new Fault("CREDENTIAL_MISSING", `the cloud ${name} has no credential of its own`, {
        metadata: { cloud: name },
      });
    }
    return [name, cloud];
  }
}

/** A caller with a Keystone token of its own. It reaches the one cloud that the token belongs to. */
export class TokenCaller implements Caller {
  readonly label: string;
  readonly scopes?: readonly string[];
  readonly #cloud: Cloud;
  readonly #sessions: Sessions;

  /** The token is not looked at yet. `scopes` are those of an access token that it came in. */
  constructor(cloud: Cloud, token: string, scopes?: readonly string[]) {
    if (scopes !== undefined) {
      this.scopes = scopes;
    }
    this.label = `token ${tokenDigest(token).slice(0, 8)} on ${cloud.entry.name}`;
    this.#cloud = cloud;
    this.#sessions = cloud.callers.of(token);
  }

  /** Validates the token, since its rights are part of the regions' share keys. */
  async regions(selector: Selector, scope: CallScope): Promise<Region[]> {
    const { name } = this.#cloud.entry;
    if (selector.cloud !== undefined && selector.cloud !== name) {
      throw new Fault(
        "CREDENTIAL_FOR_OTHER_CLOUD",
        `the token belongs to the cloud ${name}, not to ${selector.cloud}`,
        {
          metadata: { cloud: name },
        },
      );
    }
    const { rights } = await this.#sessions.get(scope);
    const regions = await regionsOf(this.#cloud, selector.region, this.#sessions, rights, scope);
    return found(regions, selector, [name]);
  }
}

/** The error for a cloud that is not configured. */
export function unknownCloud(name: string, known: string[]): Fault {
  return new Fault(
    "LOCATION_UNKNOWN",
    `there is no cloud ${JSON.stringify(name)}; there are: ${known.join(", ") || "none"}`,
    {
      metadata: { choices: known.join(", ") },
    },
  );
}

async function regionsOf(
  cloud: Cloud,
  wanted: string | undefined,
  sessions: Sessions,
  rights: string,
  scope: CallScope,
): Promise<Region[]> {
  const { regions, common } = cloud.entry;
  const entries = regions.length > 0 ? regions : await catalogueRegions(common, sessions, scope);
  return entries
    .filter((entry) => wanted === undefined || entry.name === wanted)
    .map((entry) => new CloudRegion(cloud, entry, sessions, rights));
}

async function catalogueRegions(
  common: RegionEntry,
  sessions: Sessions,
  scope: CallScope,
): Promise<RegionEntry[]> {
  const { catalogue } = await sessions.get(scope);
  return catalogue.regions().map((name) => ({ ...common, name }));
}

function found(regions: Region[], { cloud, region }: Selector, clouds: string[]): Region[] {
  if (regions.length > 0) {
    return regions;
  }
  const where = `in ${cloud ?? clouds.join(", ")}`;
  throw new Fault(
    "LOCATION_UNKNOWN",
    region === undefined
      ? `there is no region ${where}`
      : `there is no region ${JSON.stringify(region)} ${where}`,
  );
}

const rightsOfEntries = new WeakMap<CloudEntry, string>();

/** Personal use has one identity per cloud, so its unsecret part tells the rights. Every call asks for it. */
function personalRights(entry: CloudEntry): string {
  const known = rightsOfEntries.get(entry) ?? digestOfIdentity(entry);
  rightsOfEntries.set(entry, known);
  return known;
}

function digestOfIdentity(entry: CloudEntry): string {
  const { credential } = entry;
  const who =
    credential?.kind === "password"
      ? credential.user
      : credential?.kind === "token"
        ? tokenDigest(credential.token)
        : (credential?.credential ?? null);
  const parts = ["personal", entry.authUrl, who, entry.scope];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
