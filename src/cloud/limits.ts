/** The bounds of one cloud's connections. All are per process and cloud. */
export interface Limits {
  /** JSON calls under way at once. */
  readonly concurrency: number;
  /** Transfers of bytes under way at once. They last long, so they have their own limit. */
  readonly transfers: number;
  /** Calls that wait for a slot; one more is refused. */
  readonly queue: number;
  /** Largest JSON answer, in bytes. */
  readonly jsonBytes: number;
  /** Longest wait for the head of an answer, in milliseconds, for calls without a nearer deadline. */
  readonly answerMs: number;
  /** Longest pause of a transfer, in milliseconds. Glance may be that long busy after the last byte. */
  readonly idleMs: number;
  /** Tries of one call, the first one counted. */
  readonly tries: number;
  /** First pause between tries where the cloud names none, in milliseconds; it doubles. */
  readonly backoffMs: number;
  /** Longest `Retry-After` that a call without a deadline waits for, in milliseconds. */
  readonly patienceMs: number;
  /** How long a caller's validated token is believed, in milliseconds. */
  readonly validatedMs: number;
  /** Callers' tokens that are remembered. */
  readonly validated: number;
  /** How long a discovered version is believed, in milliseconds. */
  readonly discoveredMs: number;
}

/** The usual bounds. */
export const usualLimits: Limits = {
  concurrency: 32,
  transfers: 32,
  queue: 1000,
  jsonBytes: 64 * 1024 * 1024,
  answerMs: 120_000,
  idleMs: 300_000,
  tries: 4,
  backoffMs: 250,
  patienceMs: 60_000,
  validatedMs: 60_000,
  validated: 1000,
  discoveredMs: 600_000,
};
