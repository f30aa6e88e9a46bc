import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject, JsonValue } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { LocationSelector } from "../gen/oaktree/v1/common_pb.js";
import {
  CreateSubnetRequestSchema,
  CreateSubnetResponseSchema,
  type NetworkService,
  PortSchema,
  RouterSchema,
  SubnetSchema,
  UpdatePortRequestSchema,
  UpdatePortResponseSchema,
  UpdateRouterRequestSchema,
  UpdateRouterResponseSchema,
  UpdateSubnetRequestSchema,
  UpdateSubnetResponseSchema,
} from "../gen/oaktree/v1/network_pb.js";
import { compileEncoder } from "../rest/encode.ts";
import type { Engine } from "../rest/engine.ts";
import type { HandlersOf, UnaryHandlerOf } from "../rest/handler.ts";
import { sendChange } from "../rest/update.ts";

/** A request for a change that can empty fields. */
interface ChangeRequest extends Message {
  readonly location?: LocationSelector;
  readonly nameOrId: string;
  readonly clear: readonly string[];
}

/** What Neutron takes for an empty field, by the field's name: its key and the value. */
type Cleared = Readonly<Record<string, readonly [key: string, value: JsonValue]>>;

/** The RPCs that make and change what has fields to empty, which Neutron wants in a way of their own. */
export function changeHandlers(engine: Engine): HandlersOf<typeof NetworkService> {
  return {
    createSubnet: createSubnet(engine),
    updateSubnet: change(engine, SubnetSchema, UpdateSubnetRequestSchema, UpdateSubnetResponseSchema, {
      gateway_ip: ["gateway_ip", null],
      dns_nameservers: ["dns_nameservers", []],
      host_routes: ["host_routes", []],
    }),
    updateRouter: change(engine, RouterSchema, UpdateRouterRequestSchema, UpdateRouterResponseSchema, {
      external_network: ["external_gateway_info", null],
      routes: ["routes", []],
    }),
    updatePort: change(engine, PortSchema, UpdatePortRequestSchema, UpdatePortResponseSchema, {
      fixed_ips: ["fixed_ips", []],
      security_groups: ["security_groups", []],
      allowed_address_pairs: ["allowed_address_pairs", []],
    }),
  };
}

function change<I extends DescMessage, O extends DescMessage>(
  engine: Engine,
  desc: DescMessage,
  input: I,
  output: O,
  cleared: Cleared,
): UnaryHandlerOf<I, O> {
  const client = engine.resource(desc);
  const encode = compileEncoder(input, client.table, ["clear"]);
  const field = output.fields[0]?.localName ?? "";
  return async (message, call) => {
    const request = message as ChangeRequest;
    const region = await oneRegion(call, request.location);
    const { body } = await encode(request, resolver(engine, region, call));
    for (const name of request.clear) {
      const [key, value] = cleared[name] ?? [name, null];
      if (key in body) {
        const description = `${name} cannot be emptied and set at once`;
        throw new Fault("INVALID_REQUEST", `clear: ${description}`, {
          fields: [{ field: "clear", description }],
        });
      }
      body[key] = value;
    }
    const found = await client.find(request.nameOrId, region, call);
    const answer = await sendChange(client, found, body, undefined, region, call);
    const raw =
      answer === undefined ? found.raw : client.objectIn(answer, [client.table.options.key], region);
    const changed = { [field]: await client.message(raw, region, call) };
    return create(output, changed as MessageInitShape<O>);
  };
}

function createSubnet(
  engine: Engine,
): UnaryHandlerOf<typeof CreateSubnetRequestSchema, typeof CreateSubnetResponseSchema> {
  const client = engine.resource(SubnetSchema);
  const encode = compileEncoder(CreateSubnetRequestSchema, client.table, ["no_gateway", "ip_version"]);
  return async (request, call) => {
    const region = await oneRegion(call, request.location);
    const { body } = await encode(request, resolver(engine, region, call));
    const subnet: JsonObject = {
      ...body,
      ip_version: request.ipVersion || (request.cidr.includes(":") ? 6 : 4),
      ...(request.noGateway ? { gateway_ip: null } : {}),
    };
    const answer = await client.send(
      { method: "POST", path: client.table.path, body: { subnet } },
      region,
      call,
    );
    const raw = client.objectIn(answer, ["subnet"], region);
    return create(CreateSubnetResponseSchema, { subnet: await client.message(raw, region, call) });
  };
}

function resolver(engine: Engine, region: Region, scope: CallScope) {
  return (typeName: string, nameOrId: string) => engine.find(typeName, nameOrId, region, scope);
}
