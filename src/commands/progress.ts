const mebibyte = 1024 * 1024;
const everyMs = 200;

/** A progress bar on standard error, where that is a terminal; nothing elsewhere. */
export class Progress {
  readonly #total: number | undefined;
  readonly #start: number;
  readonly #began = performance.now();
  readonly #isOn = process.stderr.isTTY === true;
  #done: number;
  #drawnAt = 0;

  /** `done` bytes of `total` are there before it begins. */
  constructor(total: number | undefined, done = 0) {
    this.#total = total;
    this.#start = done;
    this.#done = done;
  }

  /** So many bytes more. */
  add(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (this.#isOn && now - this.#drawnAt >= everyMs) {
      this.#drawnAt = now;
      process.stderr.write(
        `\r\x1b[K${progressLine(this.#done, this.#start, this.#total, now - this.#began)}`,
      );
    }
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#isOn) {
      process.stderr.write("\r\x1b[K");
    }
  }
}

/** Bar, rate and time left. */
export function progressLine(done: number, start: number, total: number | undefined, ms: number): string {
  const rate = (done - start) / Math.max(ms / 1000, 0.001);
  const moved = `${(done / mebibyte).toFixed(1)} MiB  ${(rate / mebibyte).toFixed(1)} MiB/s`;
  if (total === undefined || total === 0) {
    return moved;
  }
  const share = Math.min(done / total, 1);
  const bar = "#".repeat(Math.round(share * 20)).padEnd(20, ".");
  const left = rate > 0 ? Math.ceil((total - done) / rate) : undefined;
  const time =
    left === undefined ? "" : `  ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  return `[${bar}] ${Math.floor(share * 100)} %  ${moved}${time}`;
}
