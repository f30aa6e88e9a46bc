import type { Http2Session } from "node:http2";
import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { leastWindowBytes, mostWindowBytes } from "./limits.ts";

/** What is needed of a session. */
export type WindowedSession = Pick<Http2Session, "ping" | "settings">;

/** A loop that works for more of its time is what uploads wait for. */
const busy = 0.5;

/** Callers that answer sooner reach 100 MiB/s and more with the small window. */
const nearMs = 5;

const windows = new WeakMap<WindowedSession, UploadWindow>();

/**
 * The window that each stream of a session has, as large as its uploads need it. What
 * a caller may have on its way unread lies in our memory as soon as the cloud is slower
 * than it, and a caller nearby is as fast with a twelfth of what one far away needs.
 * So it grows where a round trip takes long and carries a good part of it: not where
 * the cloud is slow, and not where this process is what takes long.
 */
export class UploadWindow {
  readonly #session: WindowedSession;
  readonly #utilization: (since?: EventLoopUtilization) => EventLoopUtilization;
  #size = leastWindowBytes;
  #bytes = 0;
  #isMeasuring = false;
  #isSettled = false;

  /** @param utilization how busy the event loop is; that of `perf_hooks` if left out */
  constructor(session: WindowedSession, utilization = performance.eventLoopUtilization) {
    this.#session = session;
    this.#utilization = utilization;
  }

  /** That of a session, which has one for all its uploads. */
  static of(session: WindowedSession): UploadWindow {
    let window = windows.get(session);
    if (window === undefined) {
      window = new UploadWindow(session);
      windows.set(session, window);
    }
    return window;
  }

  /** Takes note of bytes that came. */
  passed(bytes: number): void {
    this.#bytes += bytes;
    if (!this.#isSettled && !this.#isMeasuring && this.#isWellUsed) {
      this.#measure();
    }
  }

  get #isWellUsed(): boolean {
    return this.#bytes >= this.#size / 3;
  }

  #measure(): void {
    this.#isMeasuring = true;
    this.#bytes = 0;
    const before = this.#utilization();
    this.#session.ping((error, ms) => {
      if (error !== null) {
        // The session has ended.
        return;
      }
      this.#isMeasuring = false;
      const { utilization } = this.#utilization(before);
      if (ms < nearMs) {
        // Nothing is faster than its distance allows, so one answer proves it.
        this.#isSettled = true;
      } else if (this.#isWellUsed && utilization < busy) {
        this.#size = Math.min(this.#size * 4, mostWindowBytes);
        this.#isSettled = this.#size === mostWindowBytes;
        this.#session.settings({ initialWindowSize: this.#size });
      }
      this.#bytes = 0;
    });
  }
}
