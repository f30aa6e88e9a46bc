import { CallerTokens } from "./caller-sessions.ts";
import type { Clock } from "./clock.ts";
import type { CloudEntry } from "./cloud-entry.ts";
import { Connection } from "./connection.ts";
import { Endpoints } from "./endpoints.ts";
import { Fault } from "./fault.ts";
import { Keystone } from "./keystone.ts";
import type { Limits } from "./limits.ts";
import type { CloudObserver, TokenEvent } from "./observer.ts";
import { OwnSessions } from "./own-sessions.ts";

/** What all callers of one cloud share: connections, limits, discovered endpoints and tokens. */
export class Cloud {
  /** The cloud's configuration. */
  readonly entry: CloudEntry;
  /** Bounds. */
  readonly limits: Limits;
  /** Time. */
  readonly clock: Clock;
  /** Connections. */
  readonly connection: Connection;
  /** Versioned endpoints. */
  readonly endpoints: Endpoints;
  /** Tokens of the cloud's own credential. */
  readonly own: OwnSessions;
  /** Makes, validates and revokes tokens. */
  readonly keystone: Keystone;
  /** Callers' tokens. */
  readonly callers: CallerTokens;
  readonly #closing = new AbortController();

  /** Opens no connection yet. */
  constructor(entry: CloudEntry, limits: Limits, clock: Clock, observer?: CloudObserver) {
    this.entry = entry;
    this.limits = limits;
    this.clock = clock;
    const closing = this.#closing.signal;
    this.connection = new Connection(entry, limits, clock, observer);
    this.endpoints = new Endpoints(this.connection, limits, clock, closing);
    this.keystone = new Keystone(entry, this.connection, this.endpoints, clock);
    const tell = (event: TokenEvent): void => observer?.token(entry.name, event);
    this.own = new OwnSessions(this.keystone, clock, closing, tell);
    this.callers = new CallerTokens(entry.name, this.keystone, limits, clock, closing, tell);
  }

  /** Ends what is under way and closes the connections. */
  async close(): Promise<void> {
    this.#closing.abort(new Fault("SHUTTING_DOWN", "this Oaktree is shutting down"));
    await this.connection.close();
  }
}
