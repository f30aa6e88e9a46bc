import { readFileSync } from "node:fs";

/** One operation of shade, and what it is made of. */
export interface Operation {
  /** Its name in shade, such as `list_flavors`. */
  readonly name: string;
  /** The OpenStack service, in openstacksdk's words: `block_storage`. */
  readonly service: string;
  /** How soon it is wanted: 1 is what nodepool calls. */
  readonly tier: number;
  /** The service of Oaktree's API that has it, or is to have it. */
  readonly rpc_service: string;
  /** The RPC there. */
  readonly rpc: string;
  /** The REST calls that it makes, `METHOD path`, after the service where it is another one. */
  readonly rest: readonly string[];
  /** Whether annotations suffice, or a hook or a handler is needed; `config` makes no call. */
  readonly level: "plain" | "hook" | "code" | "config";
  /** The features of an engine that it needs. */
  readonly engine_needs: readonly string[];
}

/** The operations of shade and of openstacksdk's cloud layer. */
export function readOperations(): Operation[] {
  const file = new URL("../../data/shade-operations.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Operation[];
}
