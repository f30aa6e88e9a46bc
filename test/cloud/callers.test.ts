import t from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import { parseCloud } from "../../src/cloud/config.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import { literalPath } from "../../src/cloud/path.ts";
import type { Region } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const dead = { auth_url: "http://127.0.0.1:1/v3", user_id: "u", password: "p" };
const cloud = (name: string, entry: JsonObject): ReturnType<typeof parseCloud> => parseCloud(name, entry);
const placesOf = (regions: Region[]): string[] => regions.map((region) => `${region.cloud}/${region.name}`);

t.test("regions that the configuration names need no network", async (t) => {
  const clouds = Clouds.of({
    a: cloud("a", { auth: dead, regions: ["one", "two"] }),
    b: cloud("b", { auth: dead, region_name: "two", image_format: "raw" }),
    shared: cloud("shared", { auth: { auth_url: "http://127.0.0.1:1" }, region_name: "one" }),
  });
  const caller = clouds.personal();
  t.same(placesOf(await caller.regions({}, scope())), ["a/one", "a/two", "b/two"]);
  t.same(placesOf(await caller.regions({ region: "two" }, scope())), ["a/two", "b/two"]);
  const [b] = await caller.regions({ cloud: "b" }, scope());
  t.match(b, { settings: { image_format: "raw" } });
  await fails(t, caller.regions({ cloud: "c" }, scope()), {
    reason: "LOCATION_UNKNOWN",
    message: /a, b, shared/,
  });
  await fails(t, caller.regions({ cloud: "a", region: "three" }, scope()), { reason: "LOCATION_UNKNOWN" });
  await fails(t, caller.regions({ cloud: "shared" }, scope()), { reason: "CREDENTIAL_MISSING" });
});

t.test(
  "without region_name the catalogue tells the regions; a cloud that cannot tell fails when used",
  async (t) => {
    const fake = await fakeCloud(t, {
      entry: () => ({ region_name: null }),
      service: (_request, response) => response.writeHead(404).end(),
    });
    const own = await fake.clouds.personal().regions({}, scope());
    t.same(placesOf(own), ["fake/RegionOne"]);
    await fails(t, fake.clouds.personal().regions({ region: "Mars" }, scope()), {
      reason: "LOCATION_UNKNOWN",
    });

    const auth = { auth_url: `${fake.url}/identity`, user_id: "u", password: "p" };
    const clouds = Clouds.of(
      { dead: cloud("dead", { auth: dead }), fake: cloud("fake", { auth }) },
      { clock: fake.clock },
    );
    t.teardown(() => clouds.close());
    const [broken, good] = await clouds.personal().regions({}, scope());
    t.match([broken, good], [{ cloud: "dead" }, { cloud: "fake", name: "RegionOne" }]);
    await fails(t, broken?.identity(scope()) ?? Promise.resolve(), { reason: "UPSTREAM_UNAVAILABLE" });
  },
);

t.test("a wrong entry fails alone; the others work", async (t) => {
  const dir = t.testdir({
    "clouds.yaml": JSON.stringify({
      clouds: { bad: { auth: {} }, good: { auth: dead, region_name: "r" }, odd: 7 },
    }),
    "bad.yaml": JSON.stringify({ clouds: { bad: { auth: {} } } }),
  });
  const clouds = await Clouds.load({ file: `${dir}/clouds.yaml`, env: {} });
  t.same(clouds.names, ["bad", "good", "odd"]);
  t.match(clouds.faults, [
    { message: /bad: auth.auth_url/ },
    { message: /odd: the entry: must be a mapping/ },
  ]);
  t.ok(clouds.hasCredentials);
  const regions = await clouds.personal().regions({}, scope());
  t.same(placesOf(regions), ["bad/", "good/r", "odd/"]);
  await fails(t, regions[0]?.has("compute", scope()) ?? Promise.resolve(), { reason: "CLOUD_MISCONFIGURED" });
  await fails(t, Clouds.load({ file: `${dir}/bad.yaml`, env: {} }), { reason: "CLOUD_MISCONFIGURED" });
});

t.test("a caller's token belongs to one cloud", async (t) => {
  const shared = { auth: { auth_url: "http://127.0.0.1:1/v3" }, region_name: "r" };
  const clouds = Clouds.of({ a: cloud("a", shared), b: cloud("b", shared) });
  t.notOk(clouds.hasCredentials);
  t.throws(() => clouds.withToken(undefined, "t"), {
    reason: "INVALID_REQUEST",
    metadata: { choices: "a, b" },
  } as never);
  t.throws(() => clouds.withToken("c", "t"), { reason: "LOCATION_UNKNOWN" } as never);
  await fails(t, clouds.withToken("a", "t").regions({ cloud: "b" }, scope()), {
    reason: "CREDENTIAL_FOR_OTHER_CLOUD",
  });
  await fails(t, clouds.personal().regions({}, scope()), { reason: "CREDENTIAL_MISSING" });
});

t.test("share keys are equal for equal rights only, and hold no token", async (t) => {
  const fake = await fakeCloud(t, {
    keystone: (request, response) => {
      const token = String(request.headers["x-subject-token"]);
      const [user, project, role] = token.split("-");
      json(response, 200, {
        token: {
          user: { id: user, name: user },
          project: { id: project, name: project },
          roles: [{ name: "reader" }, { name: role }],
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          ...(token.endsWith("rules") && {
            application_credential: { id: "ac", access_rules: [{ id: "r" }] },
          }),
        },
      });
      return true;
    },
  });
  const keyOf = async (token: string): Promise<string> =>
    (await fake.region(fake.clouds.withToken("fake", token))).shareKey;
  const key = await keyOf("u1-p1-member-1");
  t.equal(await keyOf("u1-p1-member-2"), key);
  for (const token of ["u2-p1-member", "u1-p2-member", "u1-p1-admin", "u1-p1-member-rules"]) {
    t.not(await keyOf(token), key);
    t.notMatch(await keyOf(token), token);
  }
  t.notMatch(fake.clouds.withToken("fake", "u1-p1-member-1").label, "u1-p1");
});

t.test("identity and services come from the token", async (t) => {
  const fake = await fakeCloud(t, { entry: () => ({ has_image: false }) });
  const region = await fake.region();
  t.match(await region.identity(scope()), {
    until: Number,
    userDomain: { id: "default", name: "Default" },
    userId: "u1",
    userName: "demo",
    project: { id: "p1", name: "demo", domainId: "default", domainName: "Default" },
    roles: ["member"],
  });
  t.equal(await region.has("compute", scope()), true);
  t.equal(await region.has("image", scope()), false, "has_image: false");
  await fails(t, region.send({ service: "image", method: "GET", path: literalPath("/images") }, scope()), {
    reason: "SERVICE_NOT_AVAILABLE",
    message: "the configuration of fake says that it has no image",
  });
  t.equal(await region.has("orchestration", scope()), false);
});
