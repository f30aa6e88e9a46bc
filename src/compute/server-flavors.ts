import type { Message } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { Flavor, FlavorSchema, Server, ServerFlavor } from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { KeptRead } from "../watch/kept-read.ts";

/** Flavors hardly ever change: a cloud makes new ones under new names. */
const keptForMs = 60_000;

/** Most flavors of one cloud that are kept, for each set of rights. */
const maxFlavors = 10_000;

interface Flavors {
  readonly byId: Map<string, Flavor>;
  /** Nova has no two of one name. */
  readonly byName: Map<string, Flavor>;
}

/**
 * Completes the flavors of servers: clouds before Queens tell their id alone, later ones
 * all but the id. An answer costs at most one list of flavors a minute, however many
 * servers and callers there are.
 */
export class ServerFlavors {
  readonly #flavors: KeptRead<Flavors>;

  /** Reads flavors through the engine, once it is there. */
  constructor(client: () => ResourceClient<typeof FlavorSchema>) {
    this.#flavors = new KeptRead(keptForMs, async (region, scope) => {
      const found: Flavors = { byId: new Map(), byName: new Map() };
      // Administrators would be shown public ones only.
      const query = { is_public: "None" };
      for await (const { objects } of client().pages({ query, limit: 1000 }, region, scope)) {
        for (const flavor of await client().messages(objects, region, scope)) {
          found.byId.set(flavor.id, flavor);
          found.byName.set(flavor.name, flavor);
        }
        if (found.byId.size >= maxFlavors) {
          break;
        }
      }
      return found;
    });
  }

  /** Fills in what is missing, where the flavor still is as it was when the server was started. */
  readonly complete = async (messages: Message[], region: Region, scope: CallScope): Promise<void> => {
    const lacking = (messages as Server[]).flatMap(({ flavor }) =>
      flavor !== undefined && isIncomplete(flavor) ? [flavor] : [],
    );
    if (lacking.length === 0) {
      return;
    }
    try {
      const flavors = await this.#flavors.get(region, scope);
      for (const flavor of lacking) {
        complete(flavor, flavors);
      }
    } catch (error) {
      // Servers must not become unlistable over it.
      if (!isFault(error) || scope.signal.aborted) {
        throw error;
      }
    }
  };
}

function isIncomplete({ id, name }: ServerFlavor): boolean {
  return (id === "") !== (name === "");
}

function complete(flavor: ServerFlavor, { byId, byName }: Flavors): void {
  const { id } = flavor;
  if (id !== "") {
    const found = byId.get(id);
    if (found !== undefined) {
      const { name, vcpus, ramMib, diskGib, ephemeralGib, swapMib, extraSpecs } = found;
      Object.assign(flavor, { name, vcpus, ramMib, diskGib, ephemeralGib, swapMib, extraSpecs });
    }
    return;
  }
  const found = byName.get(flavor.name);
  // A flavor that was deleted and made anew under its name may be another one.
  if (found?.vcpus === flavor.vcpus && found.ramMib === flavor.ramMib && found.diskGib === flavor.diskGib) {
    flavor.id = found.id;
  }
}
