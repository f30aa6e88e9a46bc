import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { Fault } from "../cloud/fault.ts";
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "../gen/grpc/health/v1/health_pb.js";

/**
 * `grpc.health.v1`. The empty service name stands for the process. A cloud that
 * is down makes no replica unhealthy: every other one would fail the same calls.
 */
export class HealthState {
  /** Whether calls are taken. False from the first signal to stop on. */
  get serving(): boolean {
    return !this.#stopped.signal.aborted;
  }

  readonly #services: ReadonlySet<string>;
  readonly #stopped = new AbortController();

  /** Knows the process and these services. */
  constructor(services: Iterable<string>) {
    this.#services = new Set(["", ...services]);
  }

  /** From now on everything is NOT_SERVING; watchers are told and sent away. */
  stop(): void {
    this.#stopped.abort();
  }

  /** The service. */
  readonly service: ServiceImpl<typeof Health> = {
    check: ({ service }) => {
      if (!this.#services.has(service)) {
        throw new Fault("NOT_FOUND", `this server has no service ${JSON.stringify(service)}`);
      }
      return this.#status();
    },
    list: () => ({
      statuses: Object.fromEntries([...this.#services].map((service) => [service, this.#status()])),
    }),
    watch: ({ service }, { signal }) => this.#watch(service, signal),
  };

  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<HealthCheckResponse> {
    const known = this.#services.has(service);
    // health.proto: a watch of an unknown service stays open, for it may yet appear.
    yield known ? this.#status() : create(HealthCheckResponseSchema, { status: Status.SERVICE_UNKNOWN });
    if (this.serving) {
      await aborted(this.#stopped.signal, signal);
      if (known && !this.serving) {
        yield this.#status();
      }
    }
    throw new Fault("SHUTTING_DOWN", "this Oaktree is shutting down");
  }

  #status(): HealthCheckResponse {
    return create(HealthCheckResponseSchema, { status: this.serving ? Status.SERVING : Status.NOT_SERVING });
  }
}

/** Waits until one of the signals aborts, and leaves no listener behind on the other. */
async function aborted(...signals: AbortSignal[]): Promise<void> {
  const done = new AbortController();
  await Promise.race(
    signals.map(async (signal) => {
      if (!signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => resolve(), { signal: done.signal });
        await promise;
      }
    }),
  );
  done.abort();
}
