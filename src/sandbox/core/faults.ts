import type { JsonValue } from "../../cloud/json.ts";

/** Which requests a fault is for; what is not said fits all. */
export interface FaultMatch<Name extends string = string> {
  /** Service, by the first segment of its paths. */
  readonly service?: Name;
  /** Method, in upper case. */
  readonly method?: string;
  /** Path with the service's prefix, as it came. */
  readonly path?: RegExp;
}

/** What happens to the request. */
export type FaultOutcome =
  /** Answers this, and does nothing else. An object is sent as JSON. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: JsonValue;
    }
  /** Cuts the connection; nothing is done. */
  | { readonly kind: "drop-before" }
  /** Does the work, then cuts the connection without an answer. */
  | { readonly kind: "drop-after" }
  /** Does the work, then answers late: after so many real milliseconds, or when the promise is kept. */
  | { readonly kind: "delay"; readonly milliseconds?: number; readonly until?: Promise<unknown> }
  /** Does the work, sends half of the answer and cuts the connection. */
  | { readonly kind: "truncated" }
  /** Does the work, and answers with what is no JSON, under the right status. */
  | { readonly kind: "garbage" }
  /** Does the work as if the query did not have these. */
  | { readonly kind: "ignore-query"; readonly names: readonly string[] };

interface ScriptedFault {
  readonly match: FaultMatch;
  readonly outcome: FaultOutcome;
  left: number;
}

/** A request, as far as a standing fault looks at it. */
export interface FaultRequest {
  /** Service, or nothing. */
  readonly service: string;
  /** Method. */
  readonly method: string;
  /** Path with the service's prefix. */
  readonly path: string;
}

interface StandingFault {
  readonly match: FaultMatch;
  readonly choose: (request: FaultRequest) => FaultOutcome | undefined;
}

/**
 * Faults that were asked for: scripted ones, each used up in the order of asking, at most
 * 1,000 at once; and standing ones, at most 100, for what no scripted one fits.
 */
export class Faults<Name extends string = string> {
  #scripted: ScriptedFault[] = [];
  #standing: StandingFault[] = [];
  #delay: (() => number) | undefined;

  /** The next `times` requests that fit get this outcome. */
  next(match: FaultMatch<Name>, outcome: FaultOutcome, times = 1): void {
    if (this.#scripted.length >= 1000) {
      throw new Error("more than 1,000 scripted faults");
    }
    this.#scripted.push({ match, outcome, left: times });
  }

  /** From now on each request that fits gets what `choose` says, if it says anything. */
  always(match: FaultMatch<Name>, choose: (request: FaultRequest) => FaultOutcome | undefined): void {
    if (this.#standing.length >= 100) {
      throw new Error("more than 100 standing faults");
    }
    this.#standing.push({ match, choose });
  }

  /** From now on each answer comes so many real milliseconds late. */
  slow(milliseconds: () => number): void {
    this.#delay = milliseconds;
  }

  /** How late the next answer comes, in milliseconds. */
  delay(): number {
    return this.#delay?.() ?? 0;
  }

  /** How many have not happened yet. */
  get pending(): number {
    return this.#scripted.reduce((sum, fault) => sum + fault.left, 0);
  }

  /** Forgets all. */
  clear(): void {
    this.#scripted = [];
    this.#standing = [];
    this.#delay = undefined;
  }

  /** Takes the outcome for a request, if one was asked for. */
  take(service: string, method: string, path: string): FaultOutcome | undefined {
    const fits = ({ match }: { readonly match: FaultMatch }) =>
      (match.service === undefined || match.service === service) &&
      (match.method === undefined || match.method === method) &&
      (match.path === undefined || match.path.test(path));
    const fault = this.#scripted.find(fits);
    if (fault === undefined) {
      // All are asked, for some count.
      const outcomes = this.#standing.filter(fits).map(({ choose }) => choose({ service, method, path }));
      return outcomes.find((outcome) => outcome !== undefined);
    }
    fault.left--;
    if (fault.left <= 0) {
      this.#scripted.splice(this.#scripted.indexOf(fault), 1);
    }
    return fault.outcome;
  }
}
