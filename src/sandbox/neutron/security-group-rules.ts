import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import {
  checkFields,
  checkRequired,
  listed,
  mayWrite,
  type NeutronCall,
  NeutronError,
  type NeutronHandler,
  shown,
} from "./call.ts";
import { ruleView } from "./security-group-view.ts";
import { findGroup, groupVisible } from "./security-groups.ts";
import { addRule } from "./state/security-groups.ts";
import type { SecurityGroup, SecurityGroupRule } from "./state/types.ts";

/** Most rules of one group. */
const maxRules = 1000;

const fields =
  `id tenant_id project_id security_group_id ethertype direction protocol port_range_min port_range_max
  remote_ip_prefix remote_group_id description created_at updated_at revision_number`.split(/\s+/);

/** Rules of security groups. */
export const securityGroupRuleRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/security-group-rules": (call) =>
    listed(
      call,
      "security_group_rules",
      rulesOf(call).map(([group, rule]) => alone(group, rule)),
      missing,
      fields,
    ),
  "POST /v2.0/security-group-rules": async (call) => {
    const given = await call.json("security_group_rule");
    mayWrite(call, "create_security_group_rule");
    checkRequired(given, "security_group_id", "direction");
    checkFields(
      given,
      "security_group_id",
      "direction",
      "ethertype",
      "protocol",
      "port_range_min",
      "port_range_max",
      "remote_ip_prefix",
      "remote_group_id",
      "description",
    );
    const group = findGroup(call, String(given.security_group_id ?? ""));
    const wanted = read(call, given);
    const same = group.rules.find((rule) => content(rule) === content(wanted));
    if (same !== undefined) {
      const words = `Security group rule already exists. Rule id is ${same.id}.`;
      throw new NeutronError(409, "SecurityGroupRuleExists", words);
    }
    if (group.rules.length >= maxRules) {
      throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['security_group_rule'].");
    }
    const rule = addRule(call.world, group, wanted);
    return { status: 201, json: { security_group_rule: alone(group, rule) } };
  },
  "GET /v2.0/security-group-rules/:id": (call) => {
    const [group, rule] = find(call);
    return shown(call, "security_group_rule", alone(group, rule));
  },
  "DELETE /v2.0/security-group-rules/:id": (call) => {
    const [group, rule] = find(call);
    mayWrite(call, "delete_security_group_rule");
    group.rules = group.rules.filter((one) => one !== rule);
    return { status: 204 };
  },
};

/** Neutron shows these of a rule within its group only. */
function alone(group: SecurityGroup, rule: SecurityGroupRule): JsonObject {
  const { standard_attr_id, tags, ...json } = ruleView(group, rule);
  return json;
}

type Wanted = Omit<SecurityGroupRule, "id" | "createdAt">;

function rulesOf(call: NeutronCall): [SecurityGroup, SecurityGroupRule][] {
  return [...call.world.securityGroups.values()]
    .filter((group) => groupVisible(call, group))
    .flatMap((group) => group.rules.map((rule): [SecurityGroup, SecurityGroupRule] => [group, rule]));
}

function missing(id: string): NeutronError {
  return new NeutronError(404, "SecurityGroupRuleNotFound", `Security group rule ${id} does not exist`);
}

function find(call: NeutronCall): [SecurityGroup, SecurityGroupRule] {
  const id = call.request.params.id ?? "";
  const found = rulesOf(call).find(([, rule]) => rule.id === id);
  if (found === undefined) {
    throw missing(id);
  }
  return found;
}

function read(call: NeutronCall, given: JsonObject): Wanted {
  const [portMin, portMax] = [portOf(given.port_range_min), portOf(given.port_range_max)];
  const protocol = textOf(given.protocol);
  if (protocol === null && (portMin !== null || portMax !== null)) {
    const words = "Must also specify protocol if port range is given.";
    throw new NeutronError(400, "SecurityGroupProtocolRequiredWithPorts", words);
  }
  if ((protocol === "tcp" || protocol === "udp") && (portMin === null) !== (portMax === null)) {
    const words = "For TCP/UDP protocols, port_range_min must be <= port_range_max";
    throw new NeutronError(400, "SecurityGroupInvalidPortRange", words);
  }
  const remoteGroup = textOf(given.remote_group_id);
  return {
    description: textOf(given.description) ?? "",
    direction: oneOf(given.direction, "direction", ["ingress", "egress"]),
    ethertype: oneOf(given.ethertype ?? "IPv4", "ethertype", ["IPv4", "IPv6"]),
    protocol,
    portMin,
    portMax,
    remotePrefix: textOf(given.remote_ip_prefix),
    remoteGroup: remoteGroup === null ? null : findGroup(call, remoteGroup).id,
  };
}

function oneOf(value: JsonValue | undefined, name: string, known: readonly string[]): string {
  if (typeof value !== "string" || !known.includes(value)) {
    const words = `Invalid input for ${name}. Reason: ${value} is not in valid_values.`;
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
  return value;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function portOf(value: JsonValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** What makes two rules the same; the description does not. */
function content({
  direction,
  ethertype,
  protocol,
  portMin,
  portMax,
  remotePrefix,
  remoteGroup,
}: Wanted): string {
  return JSON.stringify([direction, ethertype, protocol, portMin, portMax, remotePrefix, remoteGroup]);
}
