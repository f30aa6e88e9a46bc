import type { Message } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import type { Region } from "../cloud/region.ts";
import type { Position } from "./page-token.ts";

/**
 * Most upstream bytes whose objects go into one answer. gRPC clients refuse
 * messages of more than 4 MiB; an answer stays below 1 MiB, in JSON too, since
 * it repeats the upstream's keys and values with less around them.
 */
const maxAnswerBytes = 900 * 1024;

/** What is left free rather than filled by a further call for a few objects. */
const smallRoomBytes = maxAnswerBytes / 10;

/** What the failure of one location means for the list. */
export interface FailureRules {
  /** A location without the service has no objects. */
  readonly absentIsEmpty: boolean;
  /** The call itself has ended. */
  readonly isCancelled: boolean;
  /** Every location must answer. */
  readonly allRequired: boolean;
}

/** One answer while it fills. */
export class ListAnswer {
  readonly messages: Message[] = [];
  readonly unreachable: (readonly [string, string])[];
  readonly #size: number;
  #bytes = 0;
  #failures = 0;
  #firstFailure: unknown;

  constructor(size: number, unreachable: Position["unreachable"]) {
    this.#size = size;
    this.unreachable = [...unreachable];
  }

  /** Whether an object of so many bytes must wait for the next answer. One always fits. */
  isFull(bytes: number): boolean {
    return (
      this.messages.length >= this.#size || (this.messages.length > 0 && this.#bytes + bytes > maxAnswerBytes)
    );
  }

  /** Whether so little room is left that no further page of the cloud's is worth asking for. */
  get isNearlyFull(): boolean {
    return this.messages.length > 0 && maxAnswerBytes - this.#bytes < smallRoomBytes;
  }

  /** How many more objects fit, of the size that those here have; at most `most`, at least one. */
  room(most: number): number {
    const byCount = this.#size - this.messages.length;
    const each = this.#bytes / this.messages.length;
    const byBytes = this.messages.length === 0 ? most : Math.floor((maxAnswerBytes - this.#bytes) / each);
    return Math.max(1, Math.min(most, byCount, byBytes));
  }

  add(message: Message, bytes: number): void {
    this.messages.push(message);
    this.#bytes += bytes;
  }

  /** Notes that a location could not be read, or throws where that ends the call. */
  failed(region: Region, error: unknown, { absentIsEmpty, isCancelled, allRequired }: FailureRules): void {
    if (absentIsEmpty && isFault(error, "SERVICE_NOT_AVAILABLE")) {
      return;
    }
    if (isCancelled || !isFault(error, ...locationFaults)) {
      throw error;
    }
    if (allRequired) {
      throw new Fault("LOCATION_UNREACHABLE", `${region.cloud}/${region.name}: ${error.message}`, {
        metadata: { ...error.metadata, cloud: region.cloud, region: region.name },
        cause: error,
      });
    }
    this.unreachable.push([region.cloud, region.name]);
    this.#failures++;
    this.#firstFailure ??= error;
  }

  /** Where no location answered at all, the reason says more than an empty list. */
  throwIfNothingAnswered(locations: number, isContinued: boolean): void {
    if (!isContinued && locations > 0 && this.#failures === locations) {
      throw this.#firstFailure;
    }
  }
}

/** Faults that are the location's and not the request's. */
const locationFaults = [
  "UPSTREAM_UNAVAILABLE",
  "UPSTREAM_ERROR",
  "UPSTREAM_GARBAGE",
  "RATE_LIMITED",
  "PAGING_LOOP",
  "CREDENTIAL_INVALID",
  "CLOUD_MISCONFIGURED",
  "SERVICE_NOT_AVAILABLE",
] as const;
