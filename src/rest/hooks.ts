import type { Message } from "@bufbuild/protobuf";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";

/**
 * The functions that the schema names where annotations do not reach. They live
 * in the domain folders; the engine gets them all at start and refuses a schema
 * that names one that is not there.
 */
export interface Hooks {
  /** Puts one upstream object into the shape that the message describes. Must not change its argument. */
  readonly prepare: Readonly<Record<string, (raw: JsonObject) => JsonObject>>;
  /** Fills in what needs more than the object itself, for all messages of one answer at once. */
  readonly complete: Readonly<Record<string, Complete>>;
}

/** A `complete` hook. `raws` are the upstream objects that the messages were made of, in the same order. */
export type Complete = (
  messages: Message[],
  region: Region,
  scope: CallScope,
  raws: readonly JsonObject[],
) => Promise<void>;
