import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { oauthOaktree } from "../support/oauth.ts";
import { produces } from "../support/produces.ts";
import { contract } from "../support/worlds.ts";

const { EVERYTHING, READ_ONLY } = ApiUserAccess;

contract("an API user from its creation to its end", async (t, world) => {
  const access = world.client(AccessService);
  const { location } = world;
  const name = world.unique("robot");
  const expires = new Date(Date.now() + 86_400_000);
  expires.setMilliseconds(0);
  const { apiUser: made, secret } = await access.createApiUser({
    location,
    name,
    description: "reads",
    roles: ["reader"],
    expireTime: timestampFromDate(expires),
    access: READ_ONLY,
  });
  const id = made?.id ?? "";
  t.teardown(() => access.deleteApiUser({ location, nameOrId: id, allowMissing: true }));
  t.match(made, { name, description: "reads", access: READ_ONLY, isUnrestricted: false });
  t.match(made?.location, { cloud: "demo", region: "", project: { id: made?.projectId } });
  t.same(
    made?.roles.map((role) => role.name),
    ["reader"],
  );
  t.same(made?.expireTime && timestampDate(made.expireTime), expires);
  t.ok(secret.length > 32);

  const { apiUser: got } = await access.getApiUser({ location, nameOrId: name });
  t.same(got, made, "and no secret");
  const { apiUsers } = await access.listApiUsers({ location, nameOrId: `${name}*` });
  t.same(apiUsers, [made]);
  const again = access.createApiUser({ location, name, access: EVERYTHING });
  produces(t, "ALREADY_EXISTS", await failure(again));

  const oaktree = await oauthOaktree(t, world);
  const as = await oaktree.signedIn({ id, secret });
  const { identities } = await as(AccessService).whoAmI({});
  const [me] = identities;
  t.equal(identities.length, 1);
  t.match(me, {
    userName: world.clouds.demo?.auth.username,
    userDomainName: "Default",
    roles: ["reader"],
    apiUser: { id, name, access: READ_ONLY },
    scopes: ["oaktree:read", "oaktree:write"],
  });
  t.match(me?.location, { cloud: "one", project: { id: made?.projectId, name: "demo" } });
  t.ok((await as(ComputeService).listFlavors({})).flavors.length > 0);

  await access.deleteApiUser({ location, nameOrId: name });
  t.match(await oaktree.login({ id, secret }), { status: 401, json: { error: "invalid_client" } });
  produces(t, "NOT_FOUND", await failure(access.deleteApiUser({ location, nameOrId: id })));
  await access.deleteApiUser({ location, nameOrId: id, allowMissing: true });
});

contract("everything is not allowed by default, nor for rules to be got around", async (t, world) => {
  const access = world.client(AccessService);
  const { location } = world;
  const name = world.unique("robot");
  produces(t, "INVALID_REQUEST", await failure(access.createApiUser({ location, name })));
  const wide = access.createApiUser({ location, name, access: READ_ONLY, isUnrestricted: true });
  produces(t, "INVALID_REQUEST", await failure(wide));
  const foreign = access.createApiUser({ location, name, access: EVERYTHING, roles: ["admin"] });
  produces(t, "UPSTREAM_BAD_REQUEST", await failure(foreign));
});

contract("an API user makes, rotates and deletes none", async (t, world) => {
  const access = world.client(AccessService);
  const { location } = world;
  const oaktree = await oauthOaktree(t, world);
  for (const preset of [EVERYTHING, READ_ONLY]) {
    const name = world.unique("robot");
    const { apiUser, secret } = await access.createApiUser({ location, name, access: preset });
    const id = apiUser?.id ?? "";
    t.teardown(() => access.deleteApiUser({ location, nameOrId: id, allowMissing: true }));
    const own = (await oaktree.signedIn({ id, secret }))(AccessService);
    for (const forbidden of [
      own.createApiUser({ name: `${name}-child`, access: preset }),
      own.rotateApiUser({ nameOrId: id }),
      own.deleteApiUser({ nameOrId: id }),
    ]) {
      const error = await failure(forbidden);
      produces(t, "PERSON_REQUIRED", error);
      t.match(error.message, name);
    }
    t.match(await own.getApiUser({ nameOrId: id }), { apiUser: { name, access: preset } });
  }
});

contract("an unrestricted API user makes others", async (t, world) => {
  const access = world.client(AccessService);
  const { location } = world;
  const name = world.unique("robot");
  const { apiUser, secret } = await access.createApiUser({
    location,
    name,
    access: EVERYTHING,
    isUnrestricted: true,
  });
  const id = apiUser?.id ?? "";
  t.teardown(() => access.deleteApiUser({ location, nameOrId: id }));
  const own = (await (await oauthOaktree(t, world)).signedIn({ id, secret }))(AccessService);
  const { apiUser: child } = await own.createApiUser({ name: `${name}-child`, access: READ_ONLY });
  await own.deleteApiUser({ nameOrId: child?.id ?? "" });
});

contract("a rotation changes id and secret, and nothing else", async (t, world) => {
  const access = world.client(AccessService);
  const { location } = world;
  const oaktree = await oauthOaktree(t, world);
  const name = world.unique("robot");
  const old = await access.createApiUser({
    location,
    name,
    description: "rotates",
    roles: ["reader"],
    access: READ_ONLY,
  });
  const oldId = old.apiUser?.id ?? "";
  const remove = (id: string) => access.deleteApiUser({ location, nameOrId: id, allowMissing: true });
  t.teardown(() => remove(oldId));

  const kept = await access.rotateApiUser({ location, nameOrId: name, keepOld: true });
  t.teardown(() => remove(kept.apiUser?.id ?? ""));
  t.match(kept, { oldId, oldDeletionError: "", apiUser: { name: `${name}-2` } });
  await signsIn(oldId, old.secret, 200);

  const next = await access.rotateApiUser({ location, nameOrId: name });
  const id = next.apiUser?.id ?? "";
  t.teardown(() => remove(id));
  t.match(next, { oldId, oldDeletionError: "", apiUser: { name: `${name}-3` } }, "the next free number");
  for (const fact of ["description", "projectId", "roles", "access", "isUnrestricted"] as const) {
    t.same(next.apiUser?.[fact], old.apiUser?.[fact], fact);
  }
  t.same(rules(next.apiUser), rules(old.apiUser));
  await signsIn(oldId, old.secret, 401);
  await signsIn(id, next.secret, 200);

  async function signsIn(id: string, secret: string, status: number) {
    t.equal((await oaktree.login({ id, secret })).status, status);
  }
});

function rules(user?: { accessRules: { service: string; method: string; path: string }[] }): string[] {
  return (user?.accessRules ?? []).map(({ service, method, path }) => `${service} ${method} ${path}`).sort();
}
