import {
  EtherType,
  NetworkService,
  SecurityGroupRuleDirection,
} from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a security group and its rules are made, changed and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const network = client(NetworkService);
  const name = unique("group");
  const { securityGroup } = await network.createSecurityGroup({ location, name });
  const nameOrId = securityGroup?.id ?? "";
  t.teardown(() => network.deleteSecurityGroup({ location, nameOrId, allowMissing: true }));
  t.match(securityGroup, { name, description: "", isStateful: true, isShared: false });
  t.strictSame(
    securityGroup?.rules.map(({ direction, etherType }) => [direction, etherType]).toSorted(),
    [
      [SecurityGroupRuleDirection.EGRESS, EtherType.IPV4],
      [SecurityGroupRuleDirection.EGRESS, EtherType.IPV6],
    ],
    "everything may leave",
  );

  const ssh = {
    location,
    securityGroup: name,
    direction: SecurityGroupRuleDirection.INGRESS,
    protocol: "tcp",
    portRangeMin: 22,
    portRangeMax: 22,
    remoteIpPrefix: "10.0.0.0/8",
  };
  const { securityGroupRule: rule } = await network.createSecurityGroupRule(ssh);
  t.match(rule, {
    securityGroupId: nameOrId,
    direction: SecurityGroupRuleDirection.INGRESS,
    etherType: EtherType.IPV4,
    protocol: "tcp",
    portRangeMin: 22,
    portRangeMax: 22,
    remoteIpPrefix: "10.0.0.0/8",
    remoteGroupId: "",
  });
  t.match(await failure(network.createSecurityGroupRule(ssh)), { reason: "ALREADY_EXISTS" });
  const { securityGroupRule: among } = await network.createSecurityGroupRule({
    location,
    securityGroup: nameOrId,
    direction: SecurityGroupRuleDirection.INGRESS,
    etherType: EtherType.IPV6,
    remoteGroup: name,
  });
  t.match(among, { etherType: EtherType.IPV6, remoteGroupId: nameOrId, protocol: "" });
  t.equal(among?.portRangeMin, undefined, "any port");
  t.match(
    await failure(network.createSecurityGroupRule({ ...ssh, portRangeMax: undefined, portRangeMin: 23 })),
    { reason: "UPSTREAM_BAD_REQUEST" },
  );

  const { securityGroupRules } = await network.listSecurityGroupRules({
    location,
    filters: { security_group_id: nameOrId, protocol: "tcp" },
  });
  t.match(securityGroupRules, [{ id: rule?.id }]);
  t.equal(securityGroupRules.length, 1);
  t.match((await network.getSecurityGroupRule({ location, nameOrId: rule?.id ?? "" })).securityGroupRule, {
    id: rule?.id,
  });
  t.equal((await network.getSecurityGroup({ location, nameOrId: name })).securityGroup?.rules.length, 4);
  await network.deleteSecurityGroupRule({ location, nameOrId: rule?.id ?? "" });
  t.match(await failure(network.deleteSecurityGroupRule({ location, nameOrId: rule?.id ?? "" })), {
    reason: "NOT_FOUND",
  });

  const renamed = await network.updateSecurityGroup({
    location,
    nameOrId: name,
    name: `${name}-2`,
    description: "x",
  });
  t.match(renamed.securityGroup, { name: `${name}-2`, description: "x" });
  t.match(
    (await network.listSecurityGroups({ location, nameOrId: `${name}-*` })).securityGroups.map(
      ({ id }) => id,
    ),
    [nameOrId],
  );
  t.match((await network.getSecurityGroup({ location, nameOrId })).securityGroup, { id: nameOrId });
  await network.deleteSecurityGroup({ location, nameOrId });
  t.match(await failure(network.getSecurityGroup({ location, nameOrId })), { reason: "NOT_FOUND" });
  serves(t, "create_security_group", "get_security_group", "get_security_group_by_id");
  serves(t, "list_security_groups", "search_security_groups", "update_security_group");
  serves(t, "delete_security_group", "create_security_group_rule", "delete_security_group_rule");
});
