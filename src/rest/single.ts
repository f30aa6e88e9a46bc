import { create, type DescMessage, type DescMethod, type Message } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneCloud, oneRegion } from "../cloud/one-region.ts";
import { join } from "../cloud/path.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { LocationSelector } from "../gen/oaktree/v1/common_pb.js";
import { compileDecoder } from "./decode.ts";
import { compileEncoder, hasBodyFields, type Resolve } from "./encode.ts";
import type { UnaryHandler } from "./handler.ts";
import { compilePlace, parentFields } from "./parents.ts";
import type { ResourceClient } from "./resource-client.ts";
import type { CallTable } from "./schema.ts";
import { sourcesOf } from "./source.ts";
import { sendChange } from "./update.ts";

/** The fields that requests about one object have. */
interface SingleRequest extends Message {
  readonly location?: LocationSelector;
  readonly nameOrId?: string;
  readonly allowMissing?: boolean;
}

/** Finds the id of another resource that a request names. */
export type Find = (typeName: string, nameOrId: string, region: Region, scope: CallScope) => Promise<string>;

/** Serves an RPC that is one REST call about one object. */
export function singleHandler(table: CallTable, client: ResourceClient, find: Find): UnaryHandler {
  const serve = kinds[table.kind as keyof typeof kinds](table, client);
  const place = compilePlace(table.method.input, client);
  const one = client.table.options.cloudLevel ? oneCloud : oneRegion;
  return async (message, call) => {
    const request = message as SingleRequest;
    const region = await one(call, request.location);
    const resolve: Resolve = (typeName, nameOrId) => find(typeName, nameOrId, region, call);
    const here = place === undefined ? client : await place(request, resolve);
    return serve(request, { client: here, resolve, region, scope: call });
  };
}

/** What serving one call takes. */
interface Here {
  /** The resource, in its place. */
  readonly client: ResourceClient;
  /** Finds other resources that the request names. */
  readonly resolve: Resolve;
  readonly region: Region;
  readonly scope: CallScope;
}

type Serve = (request: SingleRequest, here: Here) => Promise<Message>;
type MakeServe = (table: CallTable, client: ResourceClient) => Serve;

const kinds = {
  get: getObject,
  create: createObject,
  update: updateObject,
  delete: deleteObject,
  action: actOnObject,
} satisfies Record<Exclude<CallTable["kind"], "list">, MakeServe>;

function getObject(table: CallTable, resource: ResourceClient): Serve {
  const encode = compileEncoder(table.method.input, resource.table, parentFields(resource.table));
  const respond = responder(table.method, resource);
  if (resource.table.options.singleton) {
    return async (request, { client, region, scope }) => {
      const { query, minMicroversion } = await encode(request, noNames);
      const answer = await client.send(
        { method: "GET", path: client.table.path, query, minMicroversion },
        region,
        scope,
      );
      return respond(client.objectIn(answer, table.result, region), region, scope);
    };
  }
  return async (request, { client, region, scope }) => {
    const { query } = await encode(request, noNames);
    const { raw } = await client.find(request.nameOrId ?? "", region, scope, query);
    return respond(raw, region, scope);
  };
}

function createObject(table: CallTable, resource: ResourceClient): Serve {
  const encode = compileEncoder(table.method.input, resource.table, parentFields(resource.table));
  const respond = responder(table.method, resource);
  const { key } = resource.table.options;
  return async (request, { client, resolve, region, scope }) => {
    const { body, query, minMicroversion } = await encode(request, resolve);
    const answer = await client.send(
      {
        method: "POST",
        path: client.table.path,
        query,
        body: key === "" ? body : { [key]: body },
        minMicroversion,
      },
      region,
      scope,
    );
    return respond(client.objectIn(answer, table.result, region), region, scope);
  };
}

function updateObject(table: CallTable, resource: ResourceClient): Serve {
  const encode = compileEncoder(table.method.input, resource.table, parentFields(resource.table));
  const respond = responder(table.method, resource);
  return async (request, { client, resolve, region, scope }) => {
    const { body, minMicroversion } = await encode(request, resolve);
    const found = await client.find(request.nameOrId ?? "", region, scope);
    const answer = await sendChange(client, found, body, minMicroversion, region, scope);
    if (answer === undefined) {
      return respond(found.raw, region, scope);
    }
    // Some answers hold only part of the object, such as Nova's to a PUT before 2.75.
    const kept = Object.entries(found.raw).filter(([key]) => body[key] !== null);
    return respond(
      { ...Object.fromEntries(kept), ...client.objectIn(answer, table.result, region) },
      region,
      scope,
    );
  };
}

function deleteObject(table: CallTable): Serve {
  return async (request, { client, region, scope }) => {
    try {
      await client.withId(request.nameOrId ?? "", region, scope, (id) =>
        client.send({ method: "DELETE", path: client.pathOf(id) }, region, scope),
      );
    } catch (error) {
      if (!(request.allowMissing === true && isFault(error, "NOT_FOUND"))) {
        throw error;
      }
    }
    return create(table.method.output);
  };
}

function actOnObject(table: CallTable, resource: ResourceClient): Serve {
  const encode = compileEncoder(table.method.input, undefined, parentFields(resource.table));
  const takesArguments = hasBodyFields(table.method.input, parentFields(resource.table));
  const respond = responder(table.method, resource);
  return async (request, { client, resolve, region, scope }) => {
    const { body, query, minMicroversion } = await encode(request, resolve);
    const answer = await client.withId(request.nameOrId ?? "", region, scope, (id) =>
      client.send(
        {
          method: table.verb,
          path: join(client.pathOf(id), table.below),
          query,
          body: table.key === "" ? body : { [table.key]: takesArguments ? body : null },
          minMicroversion,
        },
        region,
        scope,
      ),
    );
    // Many actions answer 202 without a body.
    return respond(
      answer.body === undefined ? {} : client.objectIn(answer, table.result, region),
      region,
      scope,
    );
  };
}

/**
 * Makes the response: the resource goes into the field of its type. Other fields
 * of the response are read from the same object, and what they hold is kept out
 * of the resource's `properties` (a private key must stand in one place only).
 */
function responder(
  method: DescMethod,
  client: ResourceClient,
): (raw: JsonObject, region: Region, scope: CallScope) => Promise<Message> {
  const output: DescMessage = method.output;
  const field = output.fields.find(
    (candidate) => candidate.fieldKind === "message" && candidate.message === client.table.desc,
  );
  const others = output.fields
    .filter((candidate) => candidate !== field)
    .flatMap((other) => sourcesOf(other).map(({ key }) => key));
  if (field === undefined) {
    const decode = compileDecoder(output);
    return async (raw) => decode(raw);
  }
  const decodeOthers = others.length > 0 ? compileDecoder(output) : undefined;
  return async (raw, region, scope) => {
    const own =
      others.length > 0
        ? Object.fromEntries(Object.entries(raw).filter(([key]) => !others.includes(key)))
        : raw;
    const rest = decodeOthers?.(
      Object.fromEntries(others.flatMap((key) => (key in raw ? [[key, raw[key] ?? null]] : []))),
    );
    return create(output, { ...rest, [field.localName]: await client.message(own, region, scope) });
  };
}

const noNames: Resolve = () => Promise.reject(new Error("only bodies name other resources"));
