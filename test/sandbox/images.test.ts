import { createHash } from "node:crypto";
import { request } from "node:http";
import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { type Client, open, passwordAuth } from "./client.ts";

const images = "/image/v2/images";
const octets = { "content-type": "application/octet-stream" };
const patch = { "content-type": "application/openstack-images-v2.1-json-patch" };

async function made(client: Client, given: JsonObject = {}): Promise<string> {
  const body = { name: "mine", disk_format: "raw", container_format: "bare", ...given };
  return String((await client.ask("POST", images, { body })).json.id);
}

t.test("data goes in and comes out with its hashes", async (t) => {
  const client = await open(t);
  const path = `${images}/${await made(client)}`;
  t.match((await client.ask("GET", path)).json, {
    status: "queued",
    size: null,
    checksum: null,
    visibility: "shared",
  });
  t.equal((await client.ask("GET", `${path}/file`)).status, 204);
  const bytes = Buffer.from("hello");
  t.equal((await client.ask("PUT", `${path}/file`, { headers: octets, body: bytes })).status, 204);
  t.match((await client.ask("GET", path)).json, {
    status: "active",
    size: 5,
    checksum: createHash("md5").update(bytes).digest("hex"),
    os_hash_algo: "sha512",
    os_hash_value: createHash("sha512").update(bytes).digest("hex"),
  });
  const whole = await client.ask("GET", `${path}/file`);
  t.equal(whole.text, "hello");
  t.equal(whole.headers.get("content-md5"), createHash("md5").update(bytes).digest("hex"));
  const part = await client.ask("GET", `${path}/file`, { headers: { range: "bytes=1-2" } });
  t.match([part.status, part.text, part.headers.get("content-range")], [206, "el", "bytes 1-2/5"]);
  t.equal((await client.ask("GET", `${path}/file`, { headers: { range: "bytes=9-" } })).status, 416);
  const again = await client.ask("PUT", `${path}/file`, { headers: octets, body: bytes });
  t.equal(again.status, 409);
  t.match(again.text, /Image status transition from active to saving is not allowed/);
});

t.test("an upload shows as saving, and one that is cut leaves the image queued", async (t) => {
  const client = await open(t);
  const path = `${images}/${await made(client)}`;
  const token = await fetch(`${client.sandbox.url}/identity/v3/auth/tokens`, {
    method: "POST",
    body: JSON.stringify(passwordAuth(client.sandbox, "demo")),
  });
  const headers = { ...octets, "x-auth-token": token.headers.get("x-subject-token") ?? "" };
  const upload = request(`${client.sandbox.url}${path}/file`, { method: "PUT", headers });
  const status = async () => (await client.ask("GET", path)).json.status;
  // It is cut below, and says so.
  upload.on("error", () => {});
  upload.write("half");
  while ((await status()) === "queued") {}
  t.equal(await status(), "saving");
  upload.destroy();
  while ((await status()) === "saving") {}
  t.equal(await status(), "queued");
  t.equal((await client.ask("PUT", `${path}/file`, { headers: octets, body: Buffer.from("x") })).status, 204);
});

t.test("more than the sandbox holds is 413", async (t) => {
  const client = await open(t, { imageBytes: 10 });
  const path = `${images}/${await made(client)}/file`;
  t.equal((await client.ask("PUT", path, { headers: octets, body: Buffer.alloc(11) })).status, 413);
  t.equal((await client.ask("PUT", path, { headers: octets, body: Buffer.alloc(10) })).status, 204);
});

t.test("patches change what may be changed, all or nothing", async (t) => {
  const client = await open(t);
  const path = `${images}/${await made(client, { hw: "old" })}`;
  const send = (...operations: JsonObject[]) =>
    client.ask("PATCH", path, { headers: patch, body: operations });
  t.match(
    (await send({ op: "replace", path: "/name", value: "new" }, { op: "add", path: "/os", value: "linux" }))
      .json,
    { name: "new", os: "linux", hw: "old" },
  );
  t.equal((await send({ op: "remove", path: "/hw" })).json.hw, undefined);
  const failing = await send(
    { op: "replace", path: "/name", value: "lost" },
    { op: "remove", path: "/nope" },
  );
  t.equal(failing.status, 409);
  t.match((await client.ask("GET", path)).json, { name: "new" });
  t.equal((await send({ op: "replace", path: "/status", value: "active" })).status, 403);
  t.equal((await send({ op: "replace", path: "/visibility", value: "public" })).status, 403);
  t.equal(
    (await client.ask("PATCH", path, { body: [], headers: { "content-type": "application/json" } })).status,
    415,
  );
  await send({ op: "replace", path: "/protected", value: true });
  t.equal((await client.ask("DELETE", path)).status, 403);
  await send({ op: "replace", path: "/protected", value: false });
  t.equal((await client.ask("DELETE", path)).status, 204);
  t.equal((await client.ask("GET", path)).status, 404);
});

t.test("images are listed by page, filter and owner", async (t) => {
  const client = await open(t);
  await made(client, { name: "a", tags: ["x"] });
  await made(client, { name: "b" });
  const list = async (query: string, user?: "alt") =>
    (await client.ask("GET", `${images}?${query}`, user === undefined ? {} : { user })).json;
  t.match(await list("limit=2"), {
    images: [{ name: "b" }, { name: "a" }],
    next: /^\/v2\/images\?limit=2&marker=/,
  });
  t.match(await list("name=a"), { images: [{ name: "a" }], next: undefined });
  t.match(await list("tag=x"), { images: [{ name: "a" }] });
  t.match(await list("name=in:a,lab-small&sort=name:asc"), {
    images: [{ name: "a" }, { name: "lab-small" }],
  });
  t.match(await list("", "alt"), { images: [{ name: "lab-small", visibility: "public", status: "active" }] });
  t.match(
    (await client.ask("GET", `${images}?limit=x`)).text,
    /400 Bad Request[\s\S]*limit param must be an integer/,
  );
});
