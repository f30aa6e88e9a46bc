import type { DescMessage, DescService, Registry } from "@bufbuild/protobuf";
import type { CallScope, Region } from "../cloud/region.ts";
import { type Handler, type Handlers, methodName } from "./handler.ts";
import type { Hooks } from "./hooks.ts";
import { listHandler } from "./list.ts";
import { PageTokens } from "./page-token.ts";
import { ResourceClient } from "./resource-client.ts";
import { callTable, resourceTable } from "./schema.ts";
import { singleHandler } from "./single.ts";

/** What the engine is made of. */
export interface EngineOptions {
  /** All messages and services of the schema. */
  readonly registry: Registry;
  /** The functions that the schema names. */
  readonly hooks: Hooks;
  /** Key that seals page tokens, 32 bytes; replicas share it. */
  readonly sealKey: Uint8Array;
  /** The key before it, whose page tokens are still good. */
  readonly olderKey?: Uint8Array | undefined;
}

/**
 * Reads the annotations once and makes the tables of every resource and the
 * handler of every RPC with a `call`. A schema that does not fit together is
 * refused here, at start.
 */
export class Engine {
  /** The RPCs that the schema describes whole. */
  readonly handlers: Handlers;
  readonly #registry: Registry;
  readonly #hooks: Hooks;
  readonly #clients = new Map<string, ResourceClient>();

  /** Compiles the schema. */
  constructor({ registry, hooks, sealKey, olderKey }: EngineOptions) {
    this.#registry = registry;
    this.#hooks = hooks;
    const tokens = new PageTokens(sealKey, olderKey);
    const handlers = new Map<string, Handler>();
    for (const method of services(registry).flatMap((service) => service.methods)) {
      const table = callTable(method, registry, (desc) => this.resource(desc).table);
      if (table === undefined) {
        continue;
      }
      const client = this.resource(table.resource.desc);
      const handler =
        table.kind === "list"
          ? listHandler(table, client, this.find.bind(this), tokens, registry)
          : singleHandler(table, client, this.find.bind(this));
      handlers.set(methodName(method), handler);
    }
    this.handlers = handlers;
  }

  /** The client of a resource, for handlers that are more than a REST call. */
  resource<Desc extends DescMessage>(desc: Desc): ResourceClient<Desc> {
    let client = this.#clients.get(desc.typeName);
    if (client === undefined) {
      client = new ResourceClient(resourceTable(desc), this.#hooks);
      this.#clients.set(desc.typeName, client);
    }
    return client as ResourceClient<Desc>;
  }

  /** Finds the id of a resource by the full name of its message. @throws Fault `NOT_FOUND` or `AMBIGUOUS_NAME`. */
  async find(typeName: string, nameOrId: string, region: Region, scope: CallScope): Promise<string> {
    return (await this.#named(typeName).find(nameOrId, region, scope)).id;
  }

  #named(typeName: string): ResourceClient {
    const desc = this.#registry.getMessage(typeName);
    if (desc === undefined) {
      throw new Error(`the schema names a resource ${typeName} that is not there`);
    }
    return this.resource(desc);
  }
}

function services(registry: Registry): DescService[] {
  return [...registry].filter((type) => type.kind === "service");
}
