import { Worker } from "node:worker_threads";

/** What a thread is told. Bytes are no part of it: they are in the ring. */
export type DigestOrder =
  | { kind: "begin"; id: number; memory: SharedArrayBuffer; reader: number; algorithm: string }
  /** The ring is no longer empty. */
  | { kind: "more"; id: number }
  /** No more bytes come, and the digest is wanted. */
  | { kind: "end"; id: number }
  /** Nobody wants the digest any more. */
  | { kind: "drop"; id: number };

/** What a thread tells: there is room in the ring again, or the digest in hex. */
export interface DigestReport {
  readonly id: number;
  readonly digest?: string;
}

/** Whose digest a thread works at. */
export interface DigestClient {
  /** There may be room in the ring again. */
  onRoom(): void;
  /** All bytes are digested. */
  onDigest(hex: string): void;
  /** The thread has ended, and with it what it knew. */
  onLost(error: Error): void;
}

/** A thread that digests, as seen from the others. */
export class DigestThread {
  readonly #worker: Worker;
  readonly #clients = new Map<number, DigestClient>();
  readonly #onEnd: () => void;
  #next = 0;
  #failure: Error | undefined;

  /** Starts it. @param onEnd called when it has ended, however. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    // It sees nothing of the process, and has no use for the options that Node was started with.
    this.#worker = new Worker(new URL("./digest-worker.ts", import.meta.url), {
      env: {},
      execArgv: [],
      name: "digests",
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.unref();
    this.#worker.on("message", ({ id, digest }: DigestReport) => {
      const client = this.#clients.get(id);
      if (digest === undefined) {
        client?.onRoom();
      } else {
        this.#forget(id);
        client?.onDigest(digest);
      }
    });
    this.#worker.on("error", (error: Error) => {
      this.#failure = error;
    });
    this.#worker.once("exit", () => this.#end());
  }

  /** How many digests it works at. */
  get load(): number {
    return this.#clients.size;
  }

  /** Takes on a digest. @returns its number in this thread. */
  begin(memory: SharedArrayBuffer, reader: number, algorithm: string, client: DigestClient): number {
    const id = this.#next++;
    this.#clients.set(id, client);
    // A process must not end while somebody waits for a digest.
    this.#worker.ref();
    this.#tell({ kind: "begin", id, memory, reader, algorithm });
    return id;
  }

  /** Says that there are bytes again. */
  more(id: number): void {
    this.#tell({ kind: "more", id });
  }

  /** Asks for the digest. */
  end(id: number): void {
    this.#tell({ kind: "end", id });
  }

  /** Leaves a digest unfinished. */
  drop(id: number): void {
    if (this.#clients.has(id)) {
      this.#forget(id);
      this.#tell({ kind: "drop", id });
    }
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(order: DigestOrder): void {
    this.#worker.postMessage(order);
  }

  #forget(id: number): void {
    this.#clients.delete(id);
    if (this.#clients.size === 0) {
      this.#worker.unref();
    }
  }

  #end(): void {
    const error = new Error("the thread of digests has ended", { cause: this.#failure });
    this.#onEnd();
    for (const client of this.#clients.values()) {
      client.onLost(error);
    }
    this.#clients.clear();
  }
}
