import { Story } from "../story.ts";

const s = new Story("network");
const missing = "00000000-0000-4000-8000-000000000000";

s.gets("/v2.0/", "/v2.0/extensions", "/v2.0/no-such-things");
s.get("/v2.0/networks", { user: "nobody" });
s.gets(
  "/v2.0/networks?name=private",
  "/v2.0/networks?router:external=True&name=public",
  "/v2.0/networks?limit=1&name=private",
  "/v2.0/networks?limit=x",
  "/v2.0/networks?marker=none",
  "/v2.0/networks?sort_key=no_such_field&sort_dir=asc",
  "/v2.0/networks?name=private&fields=id&fields=name",
  "/v2.0/networks?no_such_field=1",
  `/v2.0/networks/${missing}`,
  "/v2.0/networks/{network}",
  "/v2.0/networks/nonsense",
);
s.post("/v2.0/networks", {});
s.post("/v2.0/networks", "not json", { headers: { "content-type": "application/json" } });
s.post("/v2.0/networks", { network: { no_such_field: 1 } });
s.post("/v2.0/networks", { network: { admin_state_up: "maybe" } });
s.post("/v2.0/networks", { network: { name: "{u}-net", "router:external": true } });
s.post("/v2.0/networks", { network: { name: "{u}-net" } }, { user: "reader" });
s.post("/v2.0/networks", { network: { name: "{u}-net" } }, { keeps: { net: "network.id" } });
s.put("/v2.0/networks/{net}", { network: { name: "{u}-net2", description: "d" } });
s.put("/v2.0/networks/{net}", { network: { id: "x" } });
s.put("/v2.0/networks/{net}", { network: { name: "x" } }, { user: "alt" });
s.get("/v2.0/networks/{net}", { user: "alt" });
s.post("/v2.0/subnets", { subnet: {} });
s.post("/v2.0/subnets", { subnet: { network_id: "{net}", ip_version: 4, cidr: "nonsense" } });
s.post("/v2.0/subnets", { subnet: { network_id: missing, ip_version: 4, cidr: "10.77.0.0/24" } });
s.post("/v2.0/subnets", { subnet: { network_id: "{net}", ip_version: 5, cidr: "10.77.0.0/24" } });
s.post(
  "/v2.0/subnets",
  { subnet: { network_id: "{net}", ip_version: 4, cidr: "10.77.0.0/24", name: "{u}-sub" } },
  { keeps: { sub: "subnet.id" } },
);
s.post("/v2.0/subnets", { subnet: { network_id: "{net}", ip_version: 4, cidr: "10.77.0.0/24" } });
s.gets("/v2.0/subnets?network_id={net}", "/v2.0/subnets/{sub}", `/v2.0/subnets/${missing}`);
s.put("/v2.0/subnets/{sub}", { subnet: { name: "{u}-sub2", dns_nameservers: ["9.9.9.9"] } });
s.put("/v2.0/subnets/{sub}", { subnet: { cidr: "10.78.0.0/24" } });
s.post("/v2.0/ports", { port: {} });
s.post("/v2.0/ports", { port: { network_id: missing } });
s.post("/v2.0/ports", { port: { network_id: "{net}", fixed_ips: [{ ip_address: "10.99.0.1" }] } });
s.post("/v2.0/ports", { port: { network_id: "{net}", name: "{u}-port" } }, { keeps: { port: "port.id" } });
s.gets("/v2.0/ports?network_id={net}&name={u}-port", "/v2.0/ports/{port}", `/v2.0/ports/${missing}`);
s.put("/v2.0/ports/{port}", { port: { name: "{u}-port2", admin_state_up: false } });
s.put("/v2.0/ports/{port}", { port: { no_such_field: 1 } });
s.post("/v2.0/routers", { router: { no_such_field: 1 } });
s.post("/v2.0/routers", { router: { name: "{u}-router" } }, { keeps: { router: "router.id" } });
s.gets("/v2.0/routers?name={u}-router", "/v2.0/routers/{router}", `/v2.0/routers/${missing}`);
s.put("/v2.0/routers/{router}/add_router_interface", {});
s.put("/v2.0/routers/{router}/add_router_interface", { subnet_id: missing });
s.put("/v2.0/routers/{router}/add_router_interface", { subnet_id: "{sub}" });
s.put("/v2.0/routers/{router}/add_router_interface", { subnet_id: "{sub}" });
s.put("/v2.0/routers/{router}", { router: { external_gateway_info: { network_id: "{net}" } } });
s.put("/v2.0/routers/{router}", { router: { external_gateway_info: { network_id: "{external}" } } });
s.delete("/v2.0/routers/{router}");
s.delete("/v2.0/subnets/{sub}");
s.delete("/v2.0/networks/{net}");
s.post("/v2.0/floatingips", { floatingip: {} });
s.post("/v2.0/floatingips", { floatingip: { floating_network_id: missing } });
s.post("/v2.0/floatingips", { floatingip: { floating_network_id: "{net}" } });
s.post("/v2.0/floatingips", { floatingip: { floating_network_id: "{external}", port_id: missing } });
s.post(
  "/v2.0/floatingips",
  { floatingip: { floating_network_id: "{external}", port_id: "{port}", description: "d" } },
  { keeps: { fip: "floatingip.id" } },
);
s.post("/v2.0/floatingips", { floatingip: { floating_network_id: "{external}", port_id: "{port}" } });
s.gets("/v2.0/floatingips?port_id={port}", "/v2.0/floatingips/{fip}", `/v2.0/floatingips/${missing}`);
s.put("/v2.0/floatingips/{fip}/tags/a");
s.delete("/v2.0/floatingips/{fip}/tags/a");
s.delete("/v2.0/floatingips/{fip}/tags/a");
s.put(`/v2.0/floatingips/${missing}/tags/a`);
s.put("/v2.0/floatingips/{fip}", { floatingip: { port_id: missing } });
s.put("/v2.0/floatingips/{fip}", { floatingip: { port_id: null } });
s.put("/v2.0/floatingips/{fip}", { floatingip: { port_id: "{port}" } }, { user: "reader" });
s.delete("/v2.0/floatingips/{fip}", { user: "alt" });
s.delete("/v2.0/floatingips/{fip}");
s.delete("/v2.0/floatingips/{fip}");
s.put("/v2.0/routers/{router}/remove_router_interface", { subnet_id: "{sub}" });
s.put("/v2.0/routers/{router}/remove_router_interface", { subnet_id: "{sub}" });
s.delete("/v2.0/routers/{router}");
s.delete("/v2.0/routers/{router}");
s.post("/v2.0/security-groups", { security_group: {} });
s.post("/v2.0/security-groups", { security_group: { name: "default" } });
s.post(
  "/v2.0/security-groups",
  { security_group: { name: "{u}-sg", description: "d" } },
  { keeps: { sg: "security_group.id" } },
);
s.gets(
  "/v2.0/security-groups?name={u}-sg",
  "/v2.0/security-groups/{sg}",
  `/v2.0/security-groups/${missing}`,
  "/v2.0/security-group-rules?security_group_id={sg}",
);
s.put("/v2.0/security-groups/{sg}", { security_group: { name: "{u}-sg2" } });
s.post("/v2.0/security-group-rules", { security_group_rule: {} });
s.post("/v2.0/security-group-rules", { security_group_rule: { security_group_id: "{sg}", direction: "up" } });
s.post("/v2.0/security-group-rules", {
  security_group_rule: {
    security_group_id: "{sg}",
    direction: "ingress",
    port_range_min: 22,
    port_range_max: 22,
  },
});
s.post("/v2.0/security-group-rules", {
  security_group_rule: { security_group_id: missing, direction: "ingress" },
});
s.post(
  "/v2.0/security-group-rules",
  {
    security_group_rule: {
      security_group_id: "{sg}",
      direction: "ingress",
      protocol: "tcp",
      port_range_min: 22,
      port_range_max: 22,
    },
  },
  { keeps: { rule: "security_group_rule.id" } },
);
s.post("/v2.0/security-group-rules", {
  security_group_rule: {
    security_group_id: "{sg}",
    direction: "ingress",
    protocol: "tcp",
    port_range_min: 22,
    port_range_max: 22,
  },
});
s.gets("/v2.0/security-group-rules/{rule}", `/v2.0/security-group-rules/${missing}`);
s.delete("/v2.0/security-group-rules/{rule}");
s.delete("/v2.0/security-group-rules/{rule}");
s.delete("/v2.0/security-groups/{sg}");
s.delete("/v2.0/security-groups/{sg}");
s.delete("/v2.0/ports/{port}");
s.delete("/v2.0/ports/{port}");
s.delete("/v2.0/subnets/{sub}");
s.delete("/v2.0/networks/{net}");
s.delete("/v2.0/networks/{net}");

/** Requests to Neutron. */
export const neutron = s;
