import { createHash } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import type { Clock } from "./clock.ts";
import { Fault } from "./fault.ts";
import type { Keystone } from "./keystone.ts";
import type { Limits } from "./limits.ts";
import type { TokenEvent } from "./observer.ts";
import type { CallScope } from "./region.ts";
import { shared, within } from "./scope.ts";
import type { Session, Sessions } from "./session.ts";
import { SingleFlight } from "./single-flight.ts";

/** How long a validation may take, in milliseconds. */
const validationMs = 30_000;

/** Denied tokens that are remembered, some 2 MiB; who was denied first is forgotten first. */
const maxDenied = 10_000;

/** SHA-256 of a token: what stands for it wherever it is remembered. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The callers' own tokens of one cloud, validated by Keystone and believed for a short time. */
export class CallerTokens {
  readonly #cloud: string;
  readonly #keystone: Keystone;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #validated: BoundedMap<Session>;
  /** Digests of tokens that are to be taken no longer, though Keystone would. */
  readonly #denied = new BoundedMap<true>(maxDenied);
  readonly #tell: (event: TokenEvent) => void;
  readonly #running = new SingleFlight<Session | undefined>();

  /** Asks nothing yet. */
  constructor(
    cloud: string,
    keystone: Keystone,
    limits: Limits,
    clock: Clock,
    closing: AbortSignal,
    tell: (event: TokenEvent) => void = () => {},
  ) {
    this.#tell = tell;
    this.#cloud = cloud;
    this.#keystone = keystone;
    this.#limits = limits;
    this.#clock = clock;
    this.#closing = closing;
    this.#validated = new BoundedMap(limits.validated);
  }

  /** The sessions of one caller. */
  of(token: string): Sessions {
    const digest = tokenDigest(token);
    return {
      get: (scope) => this.#get(digest, token, scope),
      refused: async (_session, scope) => {
        this.#validated.delete(digest);
        await this.#get(digest, token, scope);
        return undefined;
      },
    };
  }

  /** Takes a session that Keystone has just made for as good as validated. */
  keep(session: Session): void {
    this.#validated.set(tokenDigest(session.token), session);
  }

  /** Takes the session's token no longer, whatever Keystone says. */
  deny(session: Session): void {
    this.#denied.set(tokenDigest(session.token), true);
  }

  /** Believes the token no longer; Keystone is asked again. */
  forget(token: string): void {
    this.#validated.delete(tokenDigest(token));
  }

  async #get(digest: string, token: string, scope: CallScope): Promise<Session> {
    if (this.#denied.get(digest) === true) {
      throw this.#refusal();
    }
    const now = this.#clock.now();
    const known = this.#validated.get(digest);
    if (known !== undefined && now < Math.min(known.since + this.#limits.validatedMs, known.until)) {
      this.#tell("cached");
      return known;
    }
    const validated = this.#running.run(digest, () =>
      shared(scope, this.#closing, validationMs, this.#clock.now, async (own) => {
        const found = await this.#keystone.validate(token, own);
        this.#tell(found === undefined ? "refused" : "validated");
        this.#validated.delete(digest);
        if (found !== undefined) {
          this.#validated.set(digest, found);
        }
        return found;
      }),
    );
    const session = await within(scope, validated, this.#clock.now);
    if (session === undefined || session.until <= this.#clock.now()) {
      throw this.#refusal();
    }
    return session;
  }

  #refusal(): Fault {
    return new Fault("CREDENTIAL_INVALID", `the cloud ${this.#cloud} does not accept the token`, {
      metadata: { cloud: this.#cloud, service: "identity" },
    });
  }
}
