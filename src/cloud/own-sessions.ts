import type { Clock } from "./clock.ts";
import { type Fault, isFault } from "./fault.ts";
import type { Keystone } from "./keystone.ts";
import type { TokenEvent } from "./observer.ts";
import type { CallScope } from "./region.ts";
import { shared, within } from "./scope.ts";
import type { Session, Sessions } from "./session.ts";
import { SingleFlight } from "./single-flight.ts";

/** How long a token may take to make, in milliseconds. */
const authenticationMs = 60_000;

/** How long a credential that Keystone refused is not tried again: Keystone may lock users who fail often. */
const refusedMs = 10_000;

/** The tokens of a cloud's own credential: one at a time, for all callers. */
export class OwnSessions implements Sessions {
  readonly #keystone: Keystone;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #makings = new SingleFlight<Session>();
  readonly #checks = new SingleFlight<Session | undefined>();
  readonly #tell: (event: TokenEvent) => void;
  #session: Session | undefined;
  #hadOne = false;
  #refusal: { readonly fault: Fault; readonly until: number } | undefined;

  /** Asks nothing yet. */
  constructor(
    keystone: Keystone,
    clock: Clock,
    closing: AbortSignal,
    tell: (event: TokenEvent) => void = () => {},
  ) {
    this.#tell = tell;
    this.#keystone = keystone;
    this.#clock = clock;
    this.#closing = closing;
  }

  /** The token is renewed at 80 % of its life; at half of it before a long transfer. */
  async get(scope: CallScope, long = false): Promise<Session> {
    const session = this.#session;
    if (session !== undefined) {
      const age = this.#clock.now() - session.since;
      if (age < (session.until - session.since) * (long ? 0.5 : 0.8)) {
        this.#tell("cached");
        return session;
      }
    }
    try {
      return await this.#renewed(scope);
    } catch (error) {
      // What is still good need not fail because Keystone is away.
      if (
        session !== undefined &&
        session.until > this.#clock.now() &&
        isFault(error, "UPSTREAM_UNAVAILABLE")
      ) {
        return session;
      }
      throw error;
    }
  }

  async refused(session: Session, scope: CallScope): Promise<Session | undefined> {
    const newer = (): Session | undefined => (this.#session === session ? undefined : this.#session);
    const known = newer();
    if (known !== undefined) {
      return known;
    }
    const checked = this.#checks.run("", () =>
      shared(scope, this.#closing, authenticationMs, this.#clock.now, async (own) => {
        const found = await this.#keystone.validate(session.token, own);
        if (found === undefined && this.#session === session) {
          this.#session = undefined;
        }
        return found;
      }),
    );
    const valid = await within(scope, checked, this.#clock.now);
    if (valid !== undefined) {
      return undefined;
    }
    // Another call may have renewed it while this one asked.
    return newer() ?? (await this.#renewed(scope));
  }

  async #renewed(scope: CallScope): Promise<Session> {
    if (this.#refusal !== undefined && this.#refusal.until > this.#clock.now()) {
      throw this.#refusal.fault;
    }
    const made = this.#makings.run("", () =>
      shared(scope, this.#closing, authenticationMs, this.#clock.now, async (own) => {
        try {
          this.#session = await this.#keystone.authenticate(own);
          this.#tell(this.#hadOne ? "renewed" : "issued");
          this.#hadOne = true;
          return this.#session;
        } catch (error) {
          if (isFault(error, "CREDENTIAL_INVALID")) {
            this.#tell("refused");
            this.#refusal = { fault: error, until: this.#clock.now() + refusedMs };
          }
          throw error;
        }
      }),
    );
    return await within(scope, made, this.#clock.now);
  }
}
