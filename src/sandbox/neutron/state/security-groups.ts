import { randomUUID } from "node:crypto";
import type { NeutronState, SecurityGroup, SecurityGroupRule } from "./types.ts";

/** Adds a security group that lets everything out, as Neutron makes them. */
export function addSecurityGroup(
  world: NeutronState,
  rest: { projectId: string; name: string; description: string; stateful?: boolean },
): SecurityGroup {
  const now = world.timeline.now();
  const group: SecurityGroup = {
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    stateful: true,
    rules: [],
    ...rest,
  };
  for (const ethertype of ["IPv4", "IPv6"]) {
    addRule(world, group, { direction: "egress", ethertype });
  }
  world.securityGroups.set(group.id, group);
  return group;
}

/** Lets in what comes from the group itself, as a project's default group does. */
export function admitItself(world: NeutronState, group: SecurityGroup): void {
  for (const ethertype of ["IPv4", "IPv6"]) {
    addRule(world, group, { direction: "ingress", ethertype, remoteGroup: group.id });
  }
}

/** Adds a rule; what is not said is any. */
export function addRule(
  world: NeutronState,
  group: SecurityGroup,
  rest: Pick<SecurityGroupRule, "direction" | "ethertype"> & Partial<SecurityGroupRule>,
): SecurityGroupRule {
  const rule: SecurityGroupRule = {
    id: randomUUID(),
    createdAt: world.timeline.now(),
    description: null,
    protocol: null,
    portMin: null,
    portMax: null,
    remotePrefix: null,
    remoteGroup: null,
    ...rest,
  };
  group.rules.push(rule);
  return rule;
}
