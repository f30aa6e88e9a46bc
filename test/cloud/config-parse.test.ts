import t from "tap";
import { parseCloud } from "../../src/cloud/config.ts";
import type { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject } from "../../src/cloud/json.ts";

const auth = {
  auth_url: "https://keystone.example/v3",
  username: "demo",
  password: "s3cr3t-pass",
  project_name: "demo",
  user_domain_name: "Default",
  project_domain_id: "default",
};

const user = { name: "demo", domain: { name: "Default" } };

t.test("a password and a project", (t) => {
  const cloud = parseCloud("c", { auth, region_name: "r1" });
  t.same(cloud.credential, { kind: "password", user, password: "s3cr3t-pass" });
  t.same(cloud.scope, { kind: "project", project: { name: "demo", domain: { id: "default" } } });
  t.same(cloud.tls, { verify: true });
  t.same(
    cloud.regions.map((region) => region.name),
    ["r1"],
  );
  t.end();
});

t.test("each kind of credential", (t) => {
  const of = (entry: JsonObject): unknown => parseCloud("c", entry).credential;
  const url = { auth_url: "http://k" };
  t.same(of({ auth_type: "v3token", auth: { ...url, token: "t" } }), { kind: "token", token: "t" });
  t.same(of({ auth: { ...url, token: "t" } }), { kind: "token", token: "t" });
  t.same(of({ auth: { ...url, user_id: "u", password: 12345 } }), {
    kind: "password",
    user: { id: "u" },
    password: "12345",
  });
  const secret = { application_credential_secret: "x" };
  t.same(
    of({ auth_type: "v3applicationcredential", auth: { ...url, ...secret, application_credential_id: "i" } }),
    {
      kind: "application_credential",
      credential: { id: "i" },
      secret: "x",
    },
  );
  t.same(
    of({
      auth: {
        ...url,
        ...secret,
        application_credential_name: "n",
        username: "demo",
        user_domain_name: "Default",
      },
    }),
    { kind: "application_credential", credential: { name: "n", user }, secret: "x" },
  );
  t.end();
});

t.test("each scope", (t) => {
  const login = { auth_url: "http://k", user_id: "u", password: "p" };
  const of = (more: JsonObject): unknown => parseCloud("c", { auth: { ...login, ...more } }).scope;
  t.same(of({ project_id: "p" }), { kind: "project", project: { id: "p" } });
  t.same(of({ tenant_name: "p", domain_name: "D" }), {
    kind: "project",
    project: { name: "p", domain: { name: "D" } },
  });
  t.same(of({ domain_id: "d" }), { kind: "domain", domain: { id: "d" } });
  t.same(of({ domain_name: "D" }), { kind: "domain", domain: { name: "D" } });
  t.same(of({ system_scope: "all" }), { kind: "system" });
  t.same(of({}), { kind: "unscoped" });
  t.same(of({ application_credential_id: "i" }), { kind: "unscoped" });
  t.end();
});

t.test("a cloud without a secret is for callers with their own tokens", (t) => {
  for (const entry of [
    { auth: { auth_url: "http://k" } },
    { auth: { auth_url: "http://k", username: "u", project_name: "p" } },
    { auth_type: "v3applicationcredential", auth: { auth_url: "http://k", application_credential_id: "i" } },
  ]) {
    t.equal(parseCloud("c", entry).credential, undefined);
  }
  t.end();
});

t.test("keys of auth outside of it win, and dashes are underscores", (t) => {
  const cloud = parseCloud("c", {
    auth,
    username: "other",
    "region-name": "r",
    "endpoint-type": "internalURL",
  });
  t.match(cloud.credential, { user: { name: "other" } });
  t.match(cloud.regions, [{ name: "r", interfaces: ["internal"] }]);
  t.end();
});

t.test("regions are names or have values of their own", (t) => {
  const cloud = parseCloud("c", {
    auth,
    image_format: "raw",
    networks: [{ name: "a" }],
    regions: ["one", { name: "two", values: { image_format: "vhd", interface: "internal", networks: [] } }],
  });
  t.match(cloud.regions, [
    { name: "one", interfaces: ["public"], settings: { image_format: "raw", networks: [{ name: "a" }] } },
    { name: "two", interfaces: ["internal"], settings: { image_format: "vhd", networks: [] } },
  ]);
  t.end();
});

t.test("settings hold what is left over, and no secrets", (t) => {
  const cloud = parseCloud("c", {
    auth,
    verify: false,
    vendor_hook: "m:f",
    floating_ip_source: "neutron",
    private: true,
  });
  t.same(cloud.common.settings, { floating_ip_source: "neutron", private: true });
  t.end();
});

t.test("services have endpoints, interfaces and absences, under any of their names", (t) => {
  const { services } = parseCloud("c", {
    auth,
    volume_endpoint_override: "https://cinder/v3/p",
    compute_endpoint: "https://nova",
    image_interface: ["internal", "public"],
    has_network: false,
    compute_api_version: "2.1",
    identity_api_version: 3,
  }).common;
  t.same(services, {
    "block-storage": { endpointOverride: "https://cinder/v3/p" },
    compute: { endpointOverride: "https://nova" },
    image: { interfaces: ["internal", "public"] },
    network: { hidden: true },
    identity: {},
  });
  t.end();
});

t.test("TLS options; insecure beats verify, variables are text", (t) => {
  t.same(parseCloud("c", { auth, verify: "False" }).tls, { verify: false });
  t.same(parseCloud("c", { auth, verify: true, insecure: "1" }).tls, { verify: false });
  t.same(parseCloud("c", { auth, cacert: "/ca", cert: "/c", key: "/k" }).tls, {
    verify: true,
    cacert: "/ca",
    cert: "/c",
    key: "/k",
  });
  t.end();
});

/** Entries that are wrong, the key that the error names, and a part of what it says. */
const wrong: [JsonObject, string, RegExp][] = [
  [{}, "auth.auth_url", /is missing/],
  [{ profile: "vexxhost" }, "auth.auth_url", /"vexxhost" does not give one/],
  [{ auth: "s3cr3t-pass" }, "auth", /must be a mapping/],
  [{ auth: { ...auth, auth_url: "s3cr3t-pass" } }, "auth.auth_url", /must be an http or https URL/],
  [{ auth: { ...auth, auth_url: "http://u:s3cr3t-pass@k" } }, "auth.auth_url", /must not hold a user/],
  [{ auth: { ...auth, password: ["s3cr3t-pass"] } }, "auth.password", /must be text/],
  [{ auth: { ...auth, pasword: "s3cr3t-pass" } }, "auth.pasword", /is not a key/],
  [{ auth: { ...auth, user_domain_name: null } }, "auth.user_domain_name", /is missing/],
  [{ auth: { ...auth, project_domain_id: "" } }, "auth.project_domain_name", /is missing/],
  [{ auth: { ...auth, username: null } }, "auth.username", /is missing/],
  [
    { auth: { ...auth, project_name: null, system_scope: "s3cr3t-pass" } },
    "auth.system_scope",
    /must be all/,
  ],
  [{ auth, auth_type: "v3oidcpassword" }, "auth_type", /must be one of password, v3password/],
  [{ auth, regions: "one" }, "regions", /must be a list/],
  [{ auth, regions: ["one", "one"] }, "regions", /twice/],
  [{ auth, regions: [{ name: "one", vales: {} }] }, "regions[0]", /name and values/],
  [{ auth, regions: [{ values: {} }] }, "regions[0].name", /is missing/],
  [{ auth, regions: [{ name: "one", values: { auth } }] }, "regions[0].values.auth", /cannot differ/],
  [{ auth, regions: ["one"], region_name: "two" }, "region_name", /not one of regions/],
  [{ auth, interface: "outside" }, "interface", /public, internal or admin/],
  [{ auth, verify: "s3cr3t-pass" }, "verify", /true or false/],
  [{ auth, key: "/k" }, "cert", /is missing/],
  [{ auth, compute_endpoint_override: "nova" }, "compute_endpoint_override", /http or https URL/],
  [{ auth, identity_api_version: "2.0" }, "identity_api_version", /must be 3/],
  [{ auth, image_api_version: 1 }, "image_api_version", /must be 2/],
];

for (const [entry, key, says] of wrong) {
  t.test(`wrong ${key} of ${Object.keys(entry)}`, (t) => {
    let fault: Fault | undefined;
    try {
      parseCloud("mycloud", entry, "/etc/clouds.yaml");
    } catch (error) {
      fault = error as Fault;
    }
    t.match(fault, { reason: "CLOUD_MISCONFIGURED", metadata: { cloud: "mycloud", key } });
    t.match(fault?.message, says);
    t.ok(fault?.message.startsWith(`/etc/clouds.yaml: cloud mycloud: ${key}: `));
    t.notMatch(`${fault?.message} ${JSON.stringify(fault)}`, "s3cr3t-pass");
    t.end();
  });
}
