import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const { createApiUser, rotateApiUser } = AccessService.method;
const oldId = "0123456789abcdef0123456789abcdef";
const newId = "fedcba9876543210fedcba9876543210";
const old = {
  id: oldId,
  name: "ci",
  project_id: "p",
  roles: [{ id: "r", name: "reader" }],
  access_rules: [{ id: "a", service: "image", method: "GET", path: "/**" }],
  unrestricted: false,
  expires_at: null,
};

/** A Keystone with one application credential, which fails where a test says so. */
function keystone(options: { project?: string; taken?: string[]; before?: (method: string) => void }) {
  const region = new FakeRegion(({ method, path, body }) => {
    options.before?.(method);
    if (method === "POST") {
      const wanted = (body as JsonObject).application_credential;
      const { name = "" } = isObject(wanted) ? wanted : {};
      return options.taken?.includes(String(name))
        ? new Fault("ALREADY_EXISTS", "Duplicate entry")
        : { application_credential: { ...(wanted as JsonObject), id: newId, project_id: "p", secret: "s3" } };
    }
    return method === "GET" && path.endsWith(oldId) ? { application_credential: old } : undefined;
  });
  const project = { id: options.project ?? "p", name: "demo", domainId: "default", domainName: "Default" };
  const identity = region.identity;
  region.identity = async () => ({ ...(await identity()), project });
  return region;
}

const requests = (region: FakeRegion) => region.log.map((line) => line.replace(/\/users.*credentials/, ""));

t.test("first the new one, with the same rights, then the old one goes", async (t) => {
  const region = keystone({ taken: ["ci-2"] });
  const answer = await api().call(rotateApiUser, { nameOrId: oldId }, callTo(region));
  t.match(answer, { secret: "s3", oldId, oldDeletionError: "", apiUser: { id: newId, name: "ci-3" } });
  t.same(requests(region), [`GET /${oldId}`, "POST ", "POST ", `DELETE /${oldId}`]);
  t.same(region.requests[2]?.body, {
    application_credential: {
      name: "ci-3",
      roles: [{ id: "r" }],
      unrestricted: false,
      access_rules: [{ service: "image", method: "GET", path: "/**" }],
    },
  });
});

t.test("where the new one cannot be made, the old one stays", async (t) => {
  const region = keystone({ taken: ["wanted"] });
  const call = api().call(rotateApiUser, { nameOrId: oldId, name: "wanted" }, callTo(region));
  await t.rejects(call, fault("ALREADY_EXISTS"));
  t.same(requests(region), [`GET /${oldId}`, "POST "]);
});

t.test("where the old one cannot be deleted, the new secret is answered all the same", async (t) => {
  const region = keystone({
    before: (method) => {
      if (method === "DELETE") {
        throw new Fault("UPSTREAM_UNAVAILABLE", "Keystone is away");
      }
    },
  });
  const answer = await api().call(rotateApiUser, { nameOrId: oldId }, callTo(region));
  t.match(answer, { secret: "s3", oldDeletionError: "Keystone is away" });
});

t.test("a caller that leaves before the answer takes nothing with it", async (t) => {
  const gone = new AbortController();
  const region = keystone({ before: (method) => method === "POST" && gone.abort() });
  const call = { ...callTo(region), signal: gone.signal };
  await t.rejects(api().call(rotateApiUser, { nameOrId: oldId }, call), { name: "AbortError" });
  t.same(requests(region), [`GET /${oldId}`, "POST ", `DELETE /${newId}`], "the new one goes");
});

t.test("an API user of another project is not moved into this one", async (t) => {
  const region = keystone({ project: "q" });
  const call = api().call(rotateApiUser, { nameOrId: oldId }, callTo(region));
  await t.rejects(call, fault("FORBIDDEN", { resourceId: oldId }));
  t.same(requests(region), [`GET /${oldId}`]);
});

t.test("an end that no calendar has is refused, and nothing is made", async (t) => {
  for (const seconds of [2n ** 62n, -(2n ** 62n), 253_402_300_800n, -62_135_596_801n]) {
    const region = keystone({});
    const rotate = api().call(rotateApiUser, { nameOrId: oldId, expireTime: { seconds } }, callTo(region));
    await t.rejects(rotate, fault("INVALID_REQUEST"), String(seconds));
    const request = { name: "ci", expireTime: { seconds }, access: ApiUserAccess.EVERYTHING };
    await t.rejects(api().call(createApiUser, request, callTo(region)), fault("INVALID_REQUEST"));
    t.notOk(region.log.some((line) => line.startsWith("POST")));
  }
});
