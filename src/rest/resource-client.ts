import { create, type DescMessage, type Message, type MessageShape } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import { isSegment, join, type Path, path } from "../cloud/path.ts";
import type { CallScope, HttpMethod, Region, RestAnswer } from "../cloud/region.ts";
import { NameQuery } from "../gen/oaktree/rest/v1/annotations_pb.js";
import { LocationSchema, ProjectSchema } from "../gen/oaktree/v1/common_pb.js";
import type { Complete, Hooks } from "./hooks.ts";
import { ambiguous, looksLikeId, missing, nameQuery } from "./names.ts";
import { pagesOf, type UpstreamPage, type UpstreamQuery } from "./paging.ts";
import type { ResourceTable } from "./schema.ts";

/** An upstream object with its id. */
export interface Found {
  /** The id. */
  readonly id: string;
  /** The object as it came. */
  readonly raw: JsonObject;
}

/** A request about a resource, below what the resource itself says. */
export interface ResourceRequest {
  readonly method: HttpMethod;
  readonly path: Path;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly contentType?: string;
  readonly minMicroversion?: string | undefined;
  readonly repeatsErrors?: boolean;
}

/**
 * One kind of resource, in any region: look-ups, lists and messages. The RPCs that
 * the schema describes and those with handlers of their own both work through it.
 */
export class ResourceClient<Desc extends DescMessage = DescMessage> {
  /** What the schema says of the resource. */
  readonly table: ResourceTable;
  readonly #hooks: Hooks;
  readonly #prepare: ((raw: JsonObject) => JsonObject) | undefined;
  readonly #complete: Complete | undefined;

  /** Makes the client of a resource whose hooks are all there. */
  constructor(table: ResourceTable, hooks: Hooks) {
    this.table = table;
    this.#hooks = hooks;
    this.#prepare = named(hooks.prepare, table.options.prepare);
    this.#complete = named(hooks.complete, table.options.complete);
  }

  /** The client of the same resource below one other object. */
  below(path: Path, listPath: Path): ResourceClient<Desc> {
    return new ResourceClient({ ...this.table, path, listPath }, this.#hooks);
  }

  /** Makes messages of upstream objects. */
  async messages(
    raws: readonly JsonObject[],
    region: Region,
    scope: CallScope,
  ): Promise<MessageShape<Desc>[]> {
    const messages = raws.map((raw) => this.#message(raw, region));
    if (messages.length > 0) {
      await this.#complete?.(messages, region, scope, raws);
    }
    return messages as MessageShape<Desc>[];
  }

  /** Makes the message of one upstream object. */
  async message(raw: JsonObject, region: Region, scope: CallScope): Promise<MessageShape<Desc>> {
    const [message] = await this.messages([raw], region, scope);
    return message as MessageShape<Desc>;
  }

  /** An upstream object in the shape that the message describes. */
  prepared(raw: JsonObject): JsonObject {
    return this.#prepare === undefined ? raw : this.#prepare(raw);
  }

  /** Sends a request to the resource's service. */
  send(request: ResourceRequest, region: Region, scope: CallScope): Promise<RestAnswer> {
    const { minMicroversion, ...rest } = request;
    const { service, maxMicroversion } = this.table.options;
    return region.send(
      { ...rest, service, maxMicroversion, ...(minMicroversion === undefined ? {} : { minMicroversion }) },
      scope,
    );
  }

  /** Path of one object. @throws Fault `INVALID_REQUEST` for an id that cannot be in a path. */
  pathOf(id: string): Path {
    return join(this.table.path, path`/${id}`);
  }

  /** The pages of an upstream list. */
  pages(wanted: UpstreamQuery, region: Region, scope: CallScope): AsyncGenerator<UpstreamPage> {
    return pagesOf(region, this.table, wanted, scope);
  }

  /** One object by its id, as it is now. @throws Fault `NOT_FOUND`. */
  async get(id: string, region: Region, scope: CallScope): Promise<JsonObject> {
    const answer = await this.send({ method: "GET", path: this.pathOf(id) }, region, scope);
    const { key } = this.table.options;
    return this.objectIn(answer, key === "" ? [] : [key], region);
  }

  /**
   * Finds one object by name or id; an id goes before a name.
   *
   * @throws Fault `NOT_FOUND` or `AMBIGUOUS_NAME`.
   */
  async find(
    nameOrId: string,
    region: Region,
    scope: CallScope,
    query: Record<string, string> = {},
  ): Promise<Found> {
    // What looks like no generated id can still be one (flavors, LDAP users), but
    // where the service finds names by itself that is asked last.
    const nameFirst = this.table.options.nameQuery !== NameQuery.UNSPECIFIED && !looksLikeId(nameOrId);
    const ways = [
      () => this.#findById(nameOrId, region, scope),
      () => this.#findByName(nameOrId, region, scope, query),
    ];
    if (this.table.options.namesInPath) {
      ways.pop();
    } else if (nameFirst) {
      ways.reverse();
    }
    for (const way of ways) {
      const found = await way();
      if (found !== undefined) {
        return found;
      }
    }
    throw missing(this.table, nameOrId, region);
  }

  /**
   * Does something with the object of this name or id. What looks like an id is
   * tried as one without a look-up, since the answer 404 is as good as one.
   */
  async withId<T>(
    nameOrId: string,
    region: Region,
    scope: CallScope,
    act: (id: string) => Promise<T>,
    query: Record<string, string> = {},
  ): Promise<T> {
    const asIs = this.table.options.namesInPath ? isSegment(nameOrId) : looksLikeId(nameOrId);
    if (asIs) {
      try {
        return await act(nameOrId);
      } catch (error) {
        if (!isFault(error, "NOT_FOUND")) {
          throw error;
        }
        if (this.table.options.namesInPath) {
          throw missing(this.table, nameOrId, region, error);
        }
      }
    }
    const { id } = await this.find(nameOrId, region, scope, query);
    return act(id);
  }

  /** The object that an answer holds under the keys. @throws Fault `UPSTREAM_GARBAGE` when there is none. */
  objectIn(answer: RestAnswer, keys: readonly string[], region: Region): JsonObject {
    let value = answer.body;
    for (const key of keys) {
      value = isObject(value) ? value[key] : undefined;
    }
    if (!isObject(value)) {
      const { service } = this.table.options;
      const place = keys.length > 0 ? ` under ${JSON.stringify(keys.join("."))}` : "";
      throw new Fault(
        "UPSTREAM_GARBAGE",
        `the ${service} service of ${region.cloud} answered no object${place}`,
        {
          metadata: { cloud: region.cloud, region: region.name, service },
        },
      );
    }
    return value;
  }

  #message(raw: JsonObject, region: Region): Message {
    const { decode, placeKeys, options } = this.table;
    const prepared = this.prepared(raw);
    const message = decode(prepared) as Message & { location?: Message };
    const project = firstText(prepared, placeKeys.project);
    message.location = create(LocationSchema, {
      cloud: region.cloud,
      region: options.cloudLevel ? "" : region.name,
      zone: firstText(prepared, placeKeys.zone) ?? "",
      ...(project === undefined ? {} : { project: create(ProjectSchema, { id: project }) }),
    });
    return message;
  }

  async #findById(id: string, region: Region, scope: CallScope): Promise<Found | undefined> {
    if (!isSegment(id)) {
      return undefined;
    }
    try {
      const answer = await this.send({ method: "GET", path: this.pathOf(id) }, region, scope);
      const { key } = this.table.options;
      const raw = isObject(answer.body) ? (key === "" ? answer.body : answer.body[key]) : undefined;
      // `/flavors/detail` is a list: what came back must be what was asked for.
      return isObject(raw) && String(raw[this.table.idKey]) === id ? { id, raw } : undefined;
    } catch (error) {
      // Designate and others answer 400 for what does not have the form of an id.
      if (isFault(error, "NOT_FOUND", "UPSTREAM_BAD_REQUEST")) {
        return undefined;
      }
      throw error;
    }
  }

  async #findByName(
    name: string,
    region: Region,
    scope: CallScope,
    query: Record<string, string>,
  ): Promise<Found | undefined> {
    if (name === "") {
      return undefined;
    }
    const found = new Map<string, JsonObject>();
    for await (const page of this.pages(
      { query: { ...query, ...nameQuery(this.table, name) }, limit: 1000 },
      region,
      scope,
    )) {
      for (const object of page.objects) {
        const raw = this.prepared(object);
        const id = raw[this.table.idKey];
        if (raw[this.table.nameKey] === name && (typeof id === "string" || typeof id === "number")) {
          found.set(String(id), object);
        }
      }
    }
    if (found.size > 1) {
      throw ambiguous(this.table, name, [...found.keys()], region);
    }
    const [first] = found;
    return first === undefined ? undefined : { id: first[0], raw: first[1] };
  }
}

function named<T>(hooks: Readonly<Record<string, T>>, name: string): T | undefined {
  if (name === "") {
    return undefined;
  }
  const hook = Object.hasOwn(hooks, name) ? hooks[name] : undefined;
  if (hook === undefined) {
    throw new Error(`the schema names a hook ${JSON.stringify(name)} that is not there`);
  }
  return hook;
}

function firstText(raw: JsonObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = raw[key];
    if (typeof value === "string" && value !== "") {
      return value;
    }
  }
  return undefined;
}
