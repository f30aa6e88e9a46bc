import { type CloudOrFault, PersonalCaller, TokenCaller, unknownCloud } from "./callers.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Cloud } from "./cloud.ts";
import type { CloudEntry } from "./cloud-entry.ts";
import { parseCloud } from "./config.ts";
import { misconfigured } from "./config-error.ts";
import { type ConfigOptions, findClouds } from "./config-sources.ts";
import { Fault } from "./fault.ts";
import { isObject } from "./json.ts";
import { type Limits, usualLimits } from "./limits.ts";
import type { CloudObserver } from "./observer.ts";
import type { Caller, CallScope } from "./region.ts";
import { type SignIn, signInOf } from "./sign-in.ts";

/** How the clouds are reached. */
export interface CloudsOptions {
  /** Bounds that differ from the usual ones. */
  readonly limits?: Partial<Limits>;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Is told of every request to the clouds, and of their tokens. */
  readonly observer?: CloudObserver;
}

/** The configured clouds: the entry to the back door. There is one in a process. */
export class Clouds {
  readonly #clouds: ReadonlyMap<string, CloudOrFault>;

  private constructor(clouds: ReadonlyMap<string, CloudOrFault>) {
    this.#clouds = clouds;
  }

  /**
   * Finds and checks the configuration. A cloud whose entry is wrong is in
   * {@link faults} and fails when it is used; the others work.
   *
   * @throws Fault `CLOUD_MISCONFIGURED` for files that cannot be read, and when no cloud is right.
   */
  static async load(options: ConfigOptions & CloudsOptions = {}): Promise<Clouds> {
    const parsed = new Map<string, CloudEntry | Fault>();
    for (const [name, { source, entry }] of await findClouds(options)) {
      try {
        if (!isObject(entry)) {
          throw misconfigured({ source, cloud: name }, "the entry", "must be a mapping");
        }
        parsed.set(name, parseCloud(name, entry, source));
      } catch (error) {
        if (!(error instanceof Fault)) {
          throw error;
        }
        parsed.set(name, error);
      }
    }
    const clouds = Clouds.#made(parsed, options);
    const [fault] = clouds.faults;
    if (fault !== undefined && clouds.faults.length === parsed.size) {
      throw fault;
    }
    return clouds;
  }

  /** Takes clouds that are checked already. */
  static of(entries: Readonly<Record<string, CloudEntry>>, options: CloudsOptions = {}): Clouds {
    return Clouds.#made(new Map(Object.entries(entries)), options);
  }

  static #made(entries: ReadonlyMap<string, CloudEntry | Fault>, options: CloudsOptions): Clouds {
    const limits = { ...usualLimits, ...options.limits };
    const clouds = new Map<string, CloudOrFault>();
    for (const [name, entry] of entries) {
      clouds.set(
        name,
        entry instanceof Fault
          ? entry
          : new Cloud(entry, limits, options.clock ?? systemClock, options.observer),
      );
    }
    return new Clouds(clouds);
  }

  /** Names of the clouds, in the order of the configuration. */
  get names(): string[] {
    return [...this.#clouds.keys()];
  }

  /** What is wrong with the configuration of single clouds. */
  get faults(): Fault[] {
    return [...this.#clouds.values()].filter((cloud) => cloud instanceof Fault);
  }

  /** Whether some cloud has a credential of its own: personal use. */
  get hasCredentials(): boolean {
    return [...this.#clouds.values()].some(
      (cloud) => cloud instanceof Cloud && cloud.entry.credential !== undefined,
    );
  }

  /** The caller of personal use. */
  personal(): Caller {
    return new PersonalCaller(this.#clouds);
  }

  /**
   * A caller with its own Keystone token. The token belongs to one cloud and is never
   * shown to another.
   *
   * @throws Fault `LOCATION_UNKNOWN` for a cloud that is not there, and `INVALID_REQUEST`
   *   with `metadata.choices` when there are several clouds and none is named.
   */
  withToken(cloud: string | undefined, token: string, scopes?: readonly string[]): Caller {
    return new TokenCaller(this.#chosen(cloud), token, scopes);
  }

  /**
   * Signs a caller in with an application credential, at the one cloud that is meant.
   * Together with {@link present} it is the only way on which a token leaves src/cloud:
   * it is for being sealed into an access token, and for nothing else.
   *
   * @throws Fault `CREDENTIAL_INVALID`, and as {@link withToken}.
   */
  async signIn(cloud: string | undefined, id: string, secret: string, scope: CallScope): Promise<SignIn> {
    const chosen = this.#chosen(cloud);
    const session = await chosen.keystone.signIn(id, secret, scope);
    chosen.callers.keep(session);
    return signInOf(chosen, session);
  }

  /** Has Keystone validate a caller's token, to be sealed as {@link signIn} has it. @throws Fault as it does. */
  async present(cloud: string | undefined, token: string, scope: CallScope): Promise<SignIn> {
    const chosen = this.#chosen(cloud);
    return signInOf(chosen, await chosen.callers.of(token).get(scope));
  }

  /**
   * Revokes a caller's token at its cloud; where that cannot, this process takes it no
   * longer. @throws Fault as {@link withToken}.
   */
  async revoke(cloud: string, token: string, scope: CallScope): Promise<void> {
    const chosen = this.#chosen(cloud);
    chosen.callers.forget(token);
    const good = await chosen.keystone.revoke(token, scope);
    if (good !== undefined) {
      chosen.callers.deny(good);
    }
    // A call may have validated it in between.
    chosen.callers.forget(token);
  }

  #chosen(cloud: string | undefined): Cloud {
    const [only, ...others] = this.names;
    if (cloud === undefined && others.length > 0) {
      throw new Fault(
        "INVALID_REQUEST",
        `say which cloud the credential belongs to: ${this.names.join(", ")}`,
        {
          metadata: { choices: this.names.join(", ") },
        },
      );
    }
    const name = cloud ?? only ?? "";
    const known = this.#clouds.get(name);
    if (known === undefined) {
      throw unknownCloud(name, this.names);
    }
    if (known instanceof Fault) {
      throw known;
    }
    return known;
  }

  /** Ends what is under way and closes all connections. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#clouds.values()].map((cloud) => (cloud instanceof Cloud ? cloud.close() : undefined)),
    );
  }
}
