import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { open } from "./client.ts";

const path = "/compute/v2.1/os-keypairs";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL2mvDyPjnMZHi2dkPQS1GZH4NRFcdCiN4Tr8XqvOS3G me";

t.test("a key is imported, shown and deleted", async (t) => {
  const { ask } = await open(t);
  const body = { keypair: { name: "mine", public_key: key } };
  const old = await ask("POST", path, { body });
  t.equal(old.status, 200);
  t.match(old.json.keypair, {
    fingerprint: "ca:bc:db:78:54:c0:e5:83:ad:ff:ba:71:2e:42:00:6c",
    public_key: key,
    type: undefined,
  });
  const again = await ask("POST", path, { version: "2.60", body });
  t.equal(again.status, 409);
  t.match(again.json, { conflictingRequest: { message: "Key pair 'mine' already exists." } });
  t.match((await ask("GET", `${path}/mine`, { version: "2.60" })).json.keypair, {
    type: "ssh",
    created_at: "2026-01-01T00:00:00.000000",
    deleted: false,
  });
  t.equal((await ask("GET", `${path}/mine`, { user: "alt" })).status, 404);
  t.equal((await ask("DELETE", `${path}/mine`, { version: "2.60" })).status, 204);
  t.equal((await ask("DELETE", `${path}/mine`)).status, 404);
});

t.test("before 2.92 Nova makes the key, since then it wants one", async (t) => {
  const { ask } = await open(t);
  const body = { keypair: { name: "made" } };
  const made = await ask("POST", path, { version: "2.91", body });
  t.equal(made.status, 201);
  t.match(made.json.keypair, {
    private_key: /^-----BEGIN RSA PRIVATE KEY/,
    public_key: /^ssh-rsa AAAAB3Nza/,
  });
  const refused = await ask("POST", path, { version: "2.92", body: { keypair: { name: "other" } } });
  t.equal(refused.status, 400);
  t.match(refused.json, { badRequest: { message: /'public_key' is a required property/ } });
});

t.test("names have fewer letters before 2.92", async (t) => {
  const { ask } = await open(t);
  const body = { keypair: { name: "me@home.org", public_key: key } };
  t.equal((await ask("POST", path, { version: "2.91", body })).status, 400);
  t.equal((await ask("POST", path, { version: "2.92", body })).status, 201);
});

t.test("pages come with 2.35", async (t) => {
  const { ask } = await open(t);
  for (const name of ["a", "b", "c"]) {
    await ask("POST", path, { body: { keypair: { name, public_key: key } } });
  }
  t.equal(((await ask("GET", `${path}?limit=2`)).json.keypairs as JsonObject[]).length, 3);
  const first = await ask("GET", `${path}?limit=2`, { version: "2.35" });
  t.match(first.json, { keypairs: [{ keypair: { name: "a" } }, { keypair: { name: "b" } }] });
  t.match(first.json.keypairs_links, [{ rel: "next", href: /os-keypairs\?limit=2&marker=b$/ }]);
  const second = await ask("GET", `${path}?limit=2&marker=b`, { version: "2.35" });
  t.match(second.json, { keypairs: [{ keypair: { name: "c" } }], keypairs_links: undefined });
  t.equal((await ask("GET", `${path}?marker=zz`, { version: "2.35" })).status, 400);
});
