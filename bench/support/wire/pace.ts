import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Keeps to so many bytes a second, over all. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #began = performance.now();
  #spent = 0;

  /** Starts the clock. */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** How long to wait after so many more bytes, in milliseconds. */
  ahead(bytes: number): number {
    this.#spent += bytes;
    return (this.#spent * 1000) / this.#bytesPerSecond - (performance.now() - this.#began);
  }

  /** Waits that long. */
  async spend(bytes: number): Promise<void> {
    const ms = this.ahead(bytes);
    if (ms > 1) {
      await pause(ms);
    }
  }
}

/** For a socket's `onread`: whether to read on now; if not, it goes on by itself later. */
export function paced(socket: Socket, bytes: number, pace: Pace | undefined): boolean {
  const ms = pace?.ahead(bytes) ?? 0;
  if (ms > 1) {
    setTimeout(() => socket.resume(), ms);
    return false;
  }
  return true;
}
