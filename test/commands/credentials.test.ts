import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { stringify } from "yaml";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { oauthOaktree } from "../support/oauth.ts";
import { contract, type World } from "../support/worlds.ts";

const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));

/** A user's home: a clouds.yaml with the login of a person, and the command line. */
function home(t: Test, world: World) {
  const folder = t.testdir({});
  const yaml = stringify({ clouds: { mine: world.clouds.demo } });
  writeFileSync(`${folder}/clouds.yaml`, yaml, { mode: 0o600 });
  const file = `${folder}/credentials.json`;
  const run = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        OS_CLIENT_CONFIG_FILE: `${folder}/clouds.yaml`,
        OAKTREE_CREDENTIALS: file,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { out, err, code };
  };
  const entries = () => JSON.parse(readFileSync(file, "utf8"));
  return { run, file, entries };
}

contract("credentials are made, used, rotated and revoked by the command line", async (t, world) => {
  const oaktree = await oauthOaktree(t, world);
  const { run, file, entries } = home(t, world);
  const name = world.unique("cli");
  t.match(await run(["whoami"]), { code: 0, out: /^cloud +mine\nuser +\w+ of Default\nproject +demo\n/ });

  const create = ["credentials", "create", name, "--access", "everything", "--endpoint", oaktree.url];
  t.match(await run([...create, "--expires", "yesterday"]), { code: 2, err: /--expires must be/ });
  t.match(await run(create), { code: 2, err: /--oaktree-cloud .* serves one, two/ });
  const created = await run([...create, "--oaktree-cloud", "two"]);
  t.match(created, { code: 0, err: "" });
  t.teardown(() => run(["credentials", "revoke", `${name}-2`]));
  t.teardown(() => run(["credentials", "revoke", name]));
  const first = entries().default;
  t.match(first, {
    endpoint: oaktree.url,
    token_endpoint: `${oaktree.url}/oauth/token?cloud=two`,
    cloud: "two",
    project: "demo",
    client_id: /^[0-9a-f]{32}$/,
    expires_at: /^20\d\d-/,
  });
  t.notMatch(created.out + created.err, first.client_secret, "the secret is in the file alone");
  t.match(await run([...create, "--oaktree-cloud", "two"]), { code: 2, err: /has an entry "default"/ });
  const listed = await run(["credentials", "list"]);
  t.match(listed.out, new RegExp(`^${first.client_id}  mine  ${name}  everything  .*Z  entry default$`, "m"));

  t.match(await run(["whoami", "--credentials", "default"]), {
    code: 0,
    out: new RegExp(`cloud +two\\n[^]*API user +${name} `),
  });
  const image = ["image", "upload", launcher, name, "--disk-format", "raw"];
  const uploaded = await run(image);
  t.match(uploaded, { code: 0, err: "" }, "commands take the entry by themselves");
  t.teardown(() =>
    world
      .client(ImageService)
      .deleteImage({ location: world.location, nameOrId: uploaded.out.trim(), allowMissing: true }),
  );
  const elsewhere = [...image, "--endpoint", "https://other.example"];
  t.match(await run(elsewhere), { code: 2, err: /are for .*, not for https:\/\/other\.example/ });

  t.match(await run(["credentials", "rotate"]), { code: 0, err: "" });
  const second = entries().default;
  t.not(second.client_id, first.client_id);
  t.not(second.client_secret, first.client_secret);
  const pair = (entry: typeof first) => ({ id: entry.client_id, secret: entry.client_secret });
  t.equal((await oaktree.login(pair(first))).status, 401, "the old one has ended");
  t.equal((await oaktree.login(pair(second))).status, 200);

  chmodSync(file, 0o644);
  t.match(await run(image), { code: 1, err: /chmod 600/ });
  chmodSync(file, 0o600);
  t.match(await run(["credentials", "revoke", "default"]), { code: 0, err: "" });
  t.same(entries(), {});
  t.equal((await oaktree.login(pair(second))).status, 401);
  t.match(await run(["credentials", "revoke", name]), { code: 4 });
});

contract("what cannot be kept is not made", async (t, world) => {
  const oaktree = await oauthOaktree(t, world);
  const { run } = home(t, world);
  const name = world.unique("cli");
  const create = ["credentials", "create", name, "--access", "images", "--oaktree-cloud", "one"];
  const away = await run([...create, "--endpoint", "http://127.0.0.1:1"]);
  t.match(away, { code: 1, err: /cannot reach the Oaktree/ });
  const nowhere = { OAKTREE_CREDENTIALS: `${launcher}/credentials.json` };
  t.equal((await run([...create, "--endpoint", oaktree.url], nowhere)).code, 1);
  t.notMatch((await run(["credentials", "list"])).out, name);
});
