import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type ConfigOptions, findClouds } from "../../src/cloud/config-sources.ts";
import { fails } from "./fake-cloud.ts";

/** A machine with these files below its test directory, `cwd` and `home` in it. */
async function machine(
  t: Test,
  files: Record<string, string>,
  env: NodeJS.ProcessEnv = {},
): Promise<ConfigOptions> {
  const root = t.testdir({});
  for (const [name, text] of Object.entries({ "cwd/x": "", "home/x": "", ...files })) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const absolute = Object.entries(env).map(([key, value]) => [key, value?.replace("ROOT", root)]);
  return { cwd: join(root, "cwd"), home: join(root, "home"), env: Object.fromEntries(absolute) };
}

const cloud = (name: string, extra = ""): string =>
  `clouds:\n  ${name}:\n    auth: {auth_url: "http://k", ${extra}}\n`;

async function names(options: ConfigOptions): Promise<string[]> {
  return [...(await findClouds(options)).keys()];
}

t.test("the first file of the order is the only one", async (t) => {
  const files = {
    "env.yaml": cloud("env"),
    "cwd/clouds.yaml": cloud("here"),
    "home/.config/openstack/clouds.yaml": cloud("home"),
  };
  t.same(await names(await machine(t, files, { OS_CLIENT_CONFIG_FILE: "ROOT/env.yaml" })), ["env"]);
  t.same(await names(await machine(t, files, { OS_CLIENT_CONFIG_FILE: "ROOT/none.yaml" })), ["here"]);
  t.same(await names(await machine(t, files)), ["here"]);
  t.same(await names(await machine(t, { "home/.config/openstack/clouds.yml": cloud("home") })), ["home"]);
  t.same(
    await names(
      await machine(t, { "xdg/openstack/clouds.yaml": cloud("x") }, { XDG_CONFIG_HOME: "ROOT/xdg" }),
    ),
    ["x"],
  );
});

t.test("yaml goes before yml, yml before json", async (t) => {
  const json = '{"clouds": {"json": {}}}';
  t.same(await names(await machine(t, { "cwd/clouds.json": json })), ["json"]);
  t.same(await names(await machine(t, { "cwd/clouds.json": json, "cwd/clouds.yml": cloud("yml") })), ["yml"]);
});

t.test("secure.yaml is merged into the clouds, and wins", async (t) => {
  const options = await machine(t, {
    "cwd/clouds.yaml": cloud("a", "username: u, password: old"),
    "home/.config/openstack/secure.yaml": "clouds: {a: {auth: {password: new}}}",
  });
  const found = await findClouds(options);
  t.match(found.get("a"), {
    source: join(options.cwd ?? "", "clouds.yaml"),
    entry: { auth: { auth_url: "http://k", username: "u", password: "new" } },
  });
});

t.test("YAML anchors and merge keys work, as with PyYAML", async (t) => {
  const text =
    "x: &base {auth: {auth_url: 'http://k'}, verify: no}\nclouds: {a: {<<: *base, region_name: r}}";
  const found = await findClouds(await machine(t, { "cwd/clouds.yaml": text }));
  t.match(found.get("a")?.entry, { auth: { auth_url: "http://k" }, verify: false, region_name: "r" });
});

t.test("OS_* variables make a cloud of their own and change no other", async (t) => {
  const options = await machine(
    t,
    { "cwd/clouds.yaml": cloud("a", "username: u") },
    {
      OS_AUTH_URL: "http://e",
      OS_USERNAME: "v",
      OS_COMPUTE_API_VERSION: "2",
      OS_TEST_PATH: "x",
      PATH: "/bin",
    },
  );
  const found = await findClouds(options);
  t.same(found.get("envvars"), {
    source: "OS_* variables",
    entry: { auth_url: "http://e", username: "v", compute_api_version: "2" },
  });
  t.match(found.get("a")?.entry, { auth: { username: "u" } });
});

t.test("OS_* variables without a Keystone make no cloud", async (t) => {
  t.same(
    await names(await machine(t, {}, { OS_PROJECT_NAME: "left-over", OS_IDENTITY_API_VERSION: "3" })),
    [],
  );
});

t.test("OS_CLOUD_NAME renames the variables' cloud; a name that is taken is an error", async (t) => {
  const env = { OS_AUTH_URL: "http://e", OS_CLOUD_NAME: "mine" };
  t.same(await names(await machine(t, {}, env)), ["mine"]);
  await fails(t, findClouds(await machine(t, { "cwd/clouds.yaml": cloud("mine") }, env)), {
    reason: "CLOUD_MISCONFIGURED",
    message: /mine.*OS_\* variables/,
  });
});

t.test("OS_CLOUD leaves one cloud", async (t) => {
  const files = { "cwd/clouds.yaml": "clouds: {a: {}, b: {}}" };
  t.same(await names(await machine(t, files, { OS_CLOUD: "b" })), ["b"]);
  await fails(t, findClouds(await machine(t, files, { OS_CLOUD: "c" })), {
    reason: "CLOUD_MISCONFIGURED",
    message: /cloud c, .*there are: a, b/,
  });
});

t.test("a file that is named is the only source, with the secure.yaml beside it", async (t) => {
  const options = await machine(
    t,
    {
      "cwd/clouds.yaml": cloud("here"),
      "there/clouds.yaml": cloud("there"),
      "there/secure.yaml": "clouds: {there: {auth: {password: p}}}",
      "home/.config/openstack/secure.yaml": "clouds: {other: {}}",
    },
    { OS_AUTH_URL: "http://e", OS_CLOUD: "here" },
  );
  const file = join(options.cwd ?? "", "../there/clouds.yaml");
  const found = await findClouds({ ...options, file });
  t.same([...found.keys()], ["there"]);
  t.match(found.get("there")?.entry, { auth: { password: "p" } });
  await fails(t, findClouds({ ...options, file: "/nonexistent/clouds.yaml" }), {
    reason: "CLOUD_MISCONFIGURED",
    message: "/nonexistent/clouds.yaml: there is no such file",
  });
});

t.test("a file that is broken is an error, and does not show its text", async (t) => {
  const secret = "hunter2-hunter2";
  for (const text of [
    `clouds:\n  a: {auth: {password: "${secret}\n`,
    `password: [${secret}`,
    `- ${secret}`,
    `clouds: ["${secret}"]`,
  ]) {
    const options = await machine(t, { "cwd/clouds.yaml": text });
    const error = await findClouds(options).catch((thrown: unknown) => thrown);
    t.match(error, { reason: "CLOUD_MISCONFIGURED", message: join(options.cwd ?? "", "clouds.yaml") });
    t.notMatch(`${error} ${JSON.stringify(error)}`, secret);
  }
});

t.test("a file that cannot be read is an error, not the next file's turn", async (t) => {
  const options = await machine(t, { "home/.config/openstack/clouds.yaml": cloud("a") });
  await mkdir(join(options.cwd ?? "", "clouds.yaml"));
  await fails(t, findClouds(options), { reason: "CLOUD_MISCONFIGURED", message: /EISDIR/ });
});
