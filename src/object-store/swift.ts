import { type Fault, isFault } from "../cloud/fault.ts";
import { objectPath, type Path, path } from "../cloud/path.ts";
import type { CallScope, Region, RestAnswer, RestRequest } from "../cloud/region.ts";
import {
  type Container,
  ContainerSchema,
  type StorageObject,
  StorageObjectSchema,
} from "../gen/oaktree/v1/object_store_pb.js";
import type { Engine } from "../rest/engine.ts";
import { missing } from "../rest/names.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { containerOf, objectOf } from "./headers.ts";

/** Service type of Swift in the catalogue. */
export const service = "object-store";

/** What names an object. */
export interface ObjectName {
  /** Name of its container. */
  readonly container: string;
  /** Name of the object. */
  readonly name: string;
}

/** Containers and objects one by one, whose facts are in headers. */
export class Swift {
  readonly #containers: ResourceClient<typeof ContainerSchema>;
  readonly #objects: ResourceClient<typeof StorageObjectSchema>;

  /** Uses the engine's tables of both. */
  constructor(engine: Engine) {
    this.#containers = engine.resource(ContainerSchema);
    this.#objects = engine.resource(StorageObjectSchema);
  }

  /** Sends a request whose answer is in its headers; Swift puts HTML into the body of some. */
  send(request: Omit<RestRequest, "service">, region: Region, scope: CallScope): Promise<RestAnswer> {
    return region.send({ ...request, service, headersOnly: true }, scope);
  }

  /** One container. @throws Fault `NOT_FOUND`. */
  async container(name: string, region: Region, scope: CallScope): Promise<Container> {
    const answer = await this.#head(path`/${name}`, region, scope).catch((error: unknown) => {
      throw isFault(error, "NOT_FOUND") ? missing(this.#containers.table, name, region, error) : error;
    });
    return await this.#containers.message(containerOf(name, answer.headers), region, scope);
  }

  /** The headers of one object. @throws Fault `NOT_FOUND`. */
  async objectHeaders(
    { container, name }: ObjectName,
    region: Region,
    scope: CallScope,
  ): Promise<RestAnswer["headers"]> {
    const answer = await this.#head(objectPath(container, name), region, scope).catch((error: unknown) => {
      throw isFault(error, "NOT_FOUND") ? this.missing(name, region, error) : error;
    });
    return answer.headers;
  }

  /** One object. @throws Fault `NOT_FOUND`. */
  async object(at: ObjectName, region: Region, scope: CallScope): Promise<StorageObject> {
    return await this.message(at.name, await this.objectHeaders(at, region, scope), region, scope);
  }

  /** One object, or undefined. */
  async objectIfThere(at: ObjectName, region: Region, scope: CallScope): Promise<StorageObject | undefined> {
    try {
      return await this.object(at, region, scope);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        return undefined;
      }
      throw error;
    }
  }

  /** The object that headers describe. */
  message(
    name: string,
    headers: RestAnswer["headers"],
    region: Region,
    scope: CallScope,
  ): Promise<StorageObject> {
    return this.#objects.message(objectOf(name, headers), region, scope);
  }

  /** Changes headers. `absent` makes the fault for what is not there. */
  async post(
    at: Path,
    headers: Readonly<Record<string, string>>,
    absent: () => Fault,
    region: Region,
    scope: CallScope,
  ): Promise<void> {
    try {
      await this.send({ method: "POST", path: at, headers }, region, scope);
    } catch (error) {
      throw isFault(error, "NOT_FOUND") ? absent().with(error.metadata) : error;
    }
  }

  /** The fault for an object that is not there. */
  missing(name: string, region: Region, cause?: unknown): Fault {
    return missing(this.#objects.table, name, region, cause);
  }

  /** The fault for a container that is not there. */
  missingContainer(name: string, region: Region, cause?: unknown): Fault {
    return missing(this.#containers.table, name, region, cause);
  }

  #head(at: Path, region: Region, scope: CallScope): Promise<RestAnswer> {
    return this.send({ method: "HEAD", path: at }, region, scope);
  }
}
