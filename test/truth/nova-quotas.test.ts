import type { JsonObject } from "../../src/cloud/json.ts";
import { truth } from "./rest.ts";

truth("quotas are seen by their project, and changed by administrators", async (t, rest) => {
  const project = String(((await rest.token("alt")).token.project as JsonObject).id);
  const path = `/os-quota-sets/${project}`;
  const ask = (method: string, end: string, user: string, given?: JsonObject) =>
    rest.ask("compute", method, `${path}${end}`, {
      user,
      headers: { "openstack-api-version": "compute 2.60" },
      ...(given === undefined ? {} : { body: { quota_set: given } }),
    });
  t.teardown(() => ask("DELETE", "", "admin"));
  const before = (await ask("GET", "", "alt")).json.quota_set as JsonObject;
  t.strictSame(Object.keys(before).sort(), [
    "cores",
    "id",
    "instances",
    "key_pairs",
    "metadata_items",
    "ram",
    "server_group_members",
    "server_groups",
  ]);
  t.equal((await ask("GET", "", "demo")).status, 403);
  t.match((await ask("GET", "/detail", "alt")).json, {
    quota_set: { id: project, instances: { limit: before.instances, in_use: Number, reserved: 0 } },
  });
  t.equal((await ask("PUT", "", "alt", { instances: 1 })).status, 403);
  const changed = await ask("PUT", "", "admin", { instances: 0 });
  t.match(changed.json, { quota_set: { instances: 0, cores: before.cores } });
  t.equal((changed.json.quota_set as JsonObject).id, undefined);
  t.match((await ask("GET", "", "alt")).json, { quota_set: { instances: 0 } });
  t.match((await ask("GET", "/defaults", "alt")).json, { quota_set: { instances: before.instances } });

  const image = (await rest.ask("image", "GET", "/v2/images?name=lab-small")).json.images as JsonObject[];
  const server = { name: "x", flavorRef: "42", imageRef: String(image[0]?.id), networks: "none" };
  const over = await rest.ask("compute", "POST", "/servers", {
    user: "alt",
    headers: { "openstack-api-version": "compute 2.60" },
    body: { server },
  });
  t.match(over.json, {
    forbidden: { message: "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances" },
  });

  t.match((await ask("PUT", "", "admin", { instances: "x" })).json, {
    badRequest: {
      message: "Invalid input for field/attribute instances. Value: x. 'x' does not match '^-?[0-9]+$'",
    },
  });
  t.match((await ask("PUT", "", "admin", { foo: 1 })).json, {
    badRequest: { message: /Additional properties are not allowed \('foo' was unexpected\)$/ },
  });
  t.equal((await ask("DELETE", "", "admin")).status, 202);
  t.match((await ask("GET", "", "alt")).json, { quota_set: { instances: before.instances } });
});
