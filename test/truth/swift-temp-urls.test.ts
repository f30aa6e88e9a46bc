import { createHmac } from "node:crypto";
import { truth } from "./rest.ts";
import { box } from "./swift.ts";

truth("a temporary URL opens what was signed, and no more", async (t, rest) => {
  const { name, ask, put } = await box(t, rest, { "x-container-meta-temp-url-key": "key" });
  await put("a/b", "hello", { "x-object-meta-secret": "x" });
  const base = new URL(await rest.endpoint("object-store"));
  const expires = Math.floor(Date.now() / 1000) + 1000;
  function url(
    method: string,
    object: string,
    options: { key?: string; expires?: number; algorithm?: string } = {},
  ) {
    const { key = "key", algorithm = "sha256" } = options;
    const path = `${base.pathname}/${name}/${object}`;
    const text = `${method}\n${options.expires ?? expires}\n${path}`;
    const signature = createHmac(algorithm, key).update(text).digest("hex");
    return `${base.origin}${path}?temp_url_sig=${signature}&temp_url_expires=${options.expires ?? expires}`;
  }
  const got = await rest.send("GET", url("GET", "a/b"));
  t.equal(got.status, 200);
  t.equal(got.text, "hello");
  t.equal(got.headers["content-disposition"], `attachment; filename="b"; filename*=UTF-8''b`);
  t.equal(got.headers.expires, new Date(expires * 1000).toUTCString());
  t.equal(got.headers["x-object-meta-secret"], undefined);
  t.equal((await rest.send("HEAD", url("GET", "a/b"))).status, 200);
  t.equal((await rest.send("GET", url("GET", "a/b", { algorithm: "sha512" }))).status, 200);
  const named = await rest.send("GET", `${url("GET", "a/b")}&filename=c.txt&inline`);
  t.equal(named.headers["content-disposition"], `inline; filename="c.txt"; filename*=UTF-8''c.txt`);

  const refused = async (method: string, to: string, body?: string) => {
    const answer = await rest.send(method, to, {}, body);
    return [answer.status, answer.text];
  };
  const invalid = [401, "401 Unauthorized: Temp URL invalid\n"];
  t.strictSame(await refused("PUT", url("GET", "a/b"), "x"), invalid);
  t.strictSame(await refused("GET", url("GET", "a/b", { key: "other" })), invalid);
  t.strictSame(await refused("GET", url("GET", "a/b", { expires: 1000 })), invalid);
  t.strictSame(await refused("GET", url("GET", "a/b").replace("a/b?", "a/c?")), invalid);
  t.strictSame(await refused("GET", url("GET", "a/b").replace(/sig=[^&]*/, "sig=zz")), invalid);

  t.equal((await rest.send("PUT", url("PUT", "up"), {}, "sent")).status, 201);
  t.equal((await ask("GET", "/up")).text, "sent");
  const pointer = await rest.send("PUT", url("PUT", "up"), { "x-object-manifest": `${name}/a` }, "");
  t.strictSame(
    [pointer.status, pointer.text],
    [400, "The header 'X-Object-Manifest' is not allowed in this tempurl"],
  );
  const path = `prefix:${base.pathname}/${name}/a/`;
  const signature = createHmac("sha256", "key").update(`GET\n${expires}\n${path}`).digest("hex");
  const query = `temp_url_sig=${signature}&temp_url_expires=${expires}&temp_url_prefix=a/`;
  t.equal((await rest.send("GET", `${base.href}/${name}/a/b?${query}`)).text, "hello");
  t.strictSame(await refused("GET", `${base.href}/${name}/up?${query}`), invalid);
  t.equal((await rest.send("DELETE", url("DELETE", "up"))).status, 204);
});
