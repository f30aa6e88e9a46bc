import type { JsonObject } from "../../../src/cloud/json.ts";
import { Story } from "../story.ts";

const server = (more: JsonObject = {}): JsonObject => ({
  server: {
    name: "{u}-server",
    imageRef: "{image}",
    flavorRef: "42",
    networks: [{ uuid: "{network}" }],
    ...more,
  },
});

/** Requests to Nova at one microversion, about one server. */
function life(microversion: string): Story {
  const s = new Story("compute", { "openstack-api-version": `compute ${microversion}` });
  s.gets(
    "/flavors",
    "/flavors/detail",
    "/flavors/42",
    "/flavors/none",
    "/flavors?limit=1",
    "/flavors?marker=none",
  );
  s.gets("/limits", "/os-availability-zone", "/extensions/no-such-thing", "/no-such-thing");
  s.gets("/os-keypairs", "/os-keypairs/none");
  s.post("/os-keypairs", { keypair: { name: "{u}-key" } });
  s.post("/os-keypairs", { keypair: { name: "{u}-key" } });
  s.post("/os-keypairs", { keypair: { name: "{u}-bad", public_key: "nonsense" } });
  s.post("/os-keypairs", { keypair: { name: "a/b" } });
  s.post("/os-keypairs", {});
  s.gets("/os-keypairs/{u}-key", "/os-keypairs");
  s.delete("/os-keypairs/{u}-key");
  s.delete("/os-keypairs/{u}-key");
  s.post("/servers", {});
  s.post("/servers", "not json", { headers: { "content-type": "application/json" } });
  s.post("/servers", { server: {} });
  s.post("/servers", server({ flavorRef: "none" }));
  s.post("/servers", server({ imageRef: "00000000-0000-4000-8000-000000000000" }));
  s.post("/servers", server({ imageRef: "nonsense" }));
  s.post("/servers", server({ networks: [{ uuid: "00000000-0000-4000-8000-000000000000" }] }));
  s.post("/servers", server({ key_name: "none" }));
  s.post("/servers", server({ availability_zone: "none" }));
  s.post("/servers", server({ name: "" }));
  s.post("/servers", server({ name: "x".repeat(300) }));
  s.post("/servers", server({ min_count: 3, max_count: 2 }));
  s.post("/servers", server({ no_such_field: 1 }));
  s.post("/servers", server({ user_data: "not base64!" }));
  s.post("/servers", server({ metadata: { a: 1 } }));
  s.post("/servers", server(), { user: "reader" });
  s.post("/servers", server({ metadata: { a: "1" }, security_groups: [{ name: "default" }] }), {
    keeps: { server: "server.id" },
  });
  s.get("/servers/{server}", { until: ["server.status", "ACTIVE", "ERROR"] });
  s.gets(
    "/servers?name={u}-server",
    "/servers/detail?name={u}-server",
    "/servers?name={u}-server&limit=1",
    "/servers?limit=-1",
    "/servers?limit=x",
    "/servers?marker=none",
    "/servers?status=ACTIVE&name={u}-server",
    "/servers?status=NONSENSE",
    "/servers?changes-since=2020-01-01T00:00:00Z&name={u}-server",
    "/servers?changes-since=nonsense",
    "/servers/none",
    "/servers/00000000-0000-4000-8000-000000000000",
    "/servers/{server}/ips",
    "/servers/{server}/ips/private",
    "/servers/{server}/ips/none",
    "/servers/{server}/metadata",
    "/servers/{server}/metadata/a",
    "/servers/{server}/metadata/none",
    "/servers/{server}/os-security-groups",
    "/servers/{server}/os-interface",
    "/servers/{server}/os-volume_attachments",
  );
  s.get("/servers/{server}", { user: "alt" });
  s.get("/servers/detail?all_tenants=1&name={u}-server", { user: "admin" });
  s.get("/servers/detail?all_tenants=1&name={u}-server");
  s.put("/servers/{server}", { server: { name: "{u}-renamed" } });
  s.put("/servers/{server}", { server: {} });
  s.put("/servers/{server}", { server: { no_such_field: 1 } });
  s.put("/servers/{server}", { server: { name: "{u}-server" } }, { user: "reader" });
  s.post("/servers/{server}/metadata", { metadata: { b: "2" } });
  s.put("/servers/{server}/metadata", { metadata: { c: "3" } });
  s.put("/servers/{server}/metadata/d", { meta: { d: "4" } });
  s.put("/servers/{server}/metadata/d", { meta: { e: "4" } });
  s.post("/servers/{server}/metadata", { metadata: { b: 2 } });
  s.post("/servers/{server}/metadata", {});
  s.delete("/servers/{server}/metadata/d");
  s.delete("/servers/{server}/metadata/d");
  for (const action of [
    {},
    { "no-such-action": null },
    { reboot: {} },
    { reboot: { type: "SOFTLY" } },
    { "os-start": null },
    { unpause: null },
    { resume: null },
    { unshelve: null },
    { confirmResize: null },
    { revertResize: null },
    { unrescue: null },
    { resize: {} },
    { resize: { flavorRef: "none" } },
    { resize: { flavorRef: "42" } },
    { rebuild: {} },
    { rebuild: { imageRef: "nonsense" } },
    { addSecurityGroup: { name: "none" } },
    { removeSecurityGroup: { name: "none" } },
    { createImage: {} },
    { "os-getConsoleOutput": { length: 5 } },
    { "os-getConsoleOutput": { length: "x" } },
    { lock: null },
    { unlock: null },
  ]) {
    s.post("/servers/{server}/action", action);
  }
  s.post("/servers/{server}/action", { "os-stop": null });
  s.get("/servers/{server}", { until: ["server.status", "SHUTOFF"] });
  s.post("/servers/{server}/action", { "os-stop": null });
  s.post("/servers/{server}/action", { "os-start": null });
  s.get("/servers/{server}", { until: ["server.status", "ACTIVE"] });
  s.post("/servers/{server}/action", { pause: null });
  s.get("/servers/{server}", { until: ["server.status", "PAUSED"] });
  s.post("/servers/{server}/action", { unpause: null });
  s.get("/servers/{server}", { until: ["server.status", "ACTIVE"] });
  s.post("/servers/{server}/action", { reboot: { type: "SOFT" } }, { user: "reader" });
  s.delete("/servers/{server}", { user: "reader" });
  s.delete("/servers/{server}");
  s.get("/servers/{server}", { until: ["itemNotFound.code", "404"] });
  s.delete("/servers/{server}");
  return s;
}

/** Requests to Nova that only newer microversions know, and bad microversions. */
const versions = new Story("compute")
  .get("/servers", { headers: { "openstack-api-version": "compute 2.999" } })
  .get("/servers", { headers: { "openstack-api-version": "compute nonsense" } })
  .get("/servers", { headers: { "openstack-api-version": "compute latest" } })
  .get("/servers", { headers: { "x-openstack-nova-api-version": "2.26" } })
  .get("/servers", { user: "nobody" })
  .get("/servers", { user: "nobody", headers: { "x-auth-token": "nonsense" } })
  .get("/os-server-groups", { headers: { "openstack-api-version": "compute 2.64" } })
  .post(
    "/os-server-groups",
    { server_group: { name: "{u}-group", policy: "anti-affinity" } },
    { headers: { "openstack-api-version": "compute 2.64" }, keeps: { group: "server_group.id" } },
  )
  .post(
    "/os-server-groups",
    { server_group: { name: "{u}-bad", policy: "no-such-policy" } },
    { headers: { "openstack-api-version": "compute 2.64" } },
  )
  .get("/os-server-groups/{group}", { headers: { "openstack-api-version": "compute 2.64" } })
  .get("/os-server-groups/{group}")
  .get("/os-server-groups/none")
  .delete("/os-server-groups/{group}")
  .delete("/os-server-groups/{group}")
  .get("/os-quota-sets/{demo_project}", { user: "admin" })
  .get("/servers?tags=none", { headers: { "openstack-api-version": "compute 2.26" } })
  .get("/servers?tags=none");

/** Requests to Nova. */
export const nova = [life("2.1"), life("2.90"), versions];
