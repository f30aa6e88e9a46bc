import { truth } from "./rest.ts";
import { box, facts } from "./swift.ts";

truth("a container's headers merge, and go by x-remove or when empty", async (t, rest) => {
  const { name, ask } = await box(t, rest, { "x-container-meta-a": "1" });
  t.equal((await ask("PUT", "", { headers: { "x-container-meta-b": "2" } })).status, 202);
  const meta = async () =>
    facts(await ask("HEAD", ""), "x-container-meta-a", "x-container-meta-b", "x-container-read");
  t.strictSame(await meta(), [204, "1", "2", undefined]);
  const headers = {
    "x-container-meta-a": "",
    "x-remove-container-meta-b": "x",
    "x-container-read": " .r:* , x ",
  };
  t.equal((await ask("POST", "", { headers })).status, 204);
  t.strictSame(await meta(), [204, undefined, undefined, ".r:*,x"]);
  const bad = async (header: string, value: string) => {
    const { status, text } = await ask("POST", "", { headers: { [header]: value } });
    return [status, text];
  };
  t.strictSame(await bad("x-container-write", ".r:*"), [400, "Referrers not allowed in write ACL: '.r:*'"]);
  t.strictSame(await bad("x-container-read", ".foo:*"), [400, "Unknown designator '.foo' in ACL: '.foo:*'"]);
  t.strictSame(await bad("x-container-meta-quota-bytes", "x"), [400, "Invalid bytes quota."]);
  const list = await rest.ask("object-store", "GET", `?format=json&prefix=${name}`);
  t.match(JSON.parse(list.text), [{ name, count: 0, bytes: 0, last_modified: /^\d{4}-.*\.\d{6}$/ }]);
});

truth("a listing has prefixes, rolled up names, markers and pages", async (t, rest) => {
  const { ask, put } = await box(t, rest);
  const names = ["a", "b/1", "b/2", "b/c/3", "d", "é"];
  for (const name of names) {
    await put(encodeURIComponent(name), "x");
  }
  const list = async (query: string, headers: Record<string, string> = {}) => {
    const { status, text } = await ask("GET", query, { headers });
    return [status, ...text.split("\n").slice(0, -1)];
  };
  t.strictSame(await list(""), [200, ...names]);
  t.strictSame(await list("?delimiter=/"), [200, "a", "b/", "d", "é"]);
  t.strictSame(await list("?delimiter=/&prefix=b/"), [200, "b/1", "b/2", "b/c/"]);
  t.strictSame(await list("?delimiter=/&marker=b/"), [200, "d", "é"]);
  t.strictSame(await list("?path=b"), [200, "b/1", "b/2"]);
  t.strictSame(await list("?limit=2"), [200, "a", "b/1"]);
  t.strictSame(await list("?marker=b/2&end_marker=d"), [200, "b/c/3"]);
  t.strictSame(await list("?reverse=true&limit=2"), [200, "é", "d"]);
  t.strictSame(await list("?marker=zzzz%F0%9F%8C%B3&limit=x"), [200, "é"]);
  t.strictSame(await list("?prefix=none"), [204]);
  t.equal((await ask("GET", "?limit=20000")).text, "Maximum limit is 10000");
  const json = await ask("GET", "?format=json&delimiter=/&limit=2");
  t.match(JSON.parse(json.text), [
    { name: "a", bytes: 1, hash: /^[0-9a-f]{32}$/, content_type: "application/octet-stream" },
    { subdir: "b/" },
  ]);
  t.equal(json.headers["content-type"], "application/json; charset=utf-8");
  const xml = await ask("GET", "?format=xml&limit=1");
  t.match(
    xml.text,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<container name="[^"]+"><object><name>a<\/name>/,
  );
  const accepted = await ask("GET", "", { headers: { accept: "application/json" } });
  t.strictSame(facts(accepted, "vary", "x-container-object-count", "x-container-bytes-used"), [
    200,
    "Accept",
    "6",
    "6",
  ]);
  t.equal((await ask("GET", "", { headers: { accept: "image/png" } })).status, 406);
  t.equal((await ask("DELETE", "")).status, 409);
});

truth("access lists let others in, as far as they say", async (t, rest) => {
  const { ask, put } = await box(t, rest);
  await put("a", "x");
  const acl = (headers: Record<string, string>) => ask("POST", "", { headers });
  const statuses = async (user: string | null) => [
    (await ask("GET", "", { user })).status,
    (await ask("GET", "/a", { user })).status,
    (await ask("PUT", "/b", { user, body: "x" })).status,
  ];
  t.strictSame(await statuses(null), [401, 401, 401]);
  t.strictSame(await statuses("reader"), [403, 403, 403]);
  await acl({ "x-container-read": ".r:*" });
  t.strictSame(await statuses(null), [401, 200, 401]);
  await acl({ "x-container-read": ".r:*,.rlistings" });
  t.strictSame(await statuses(null), [200, 200, 401]);
  await acl({ "x-container-read": "*:reader", "x-container-write": "reader" });
  t.strictSame(await statuses("reader"), [200, 200, 201]);
  const seen = await ask("HEAD", "", { user: "reader" });
  t.equal(seen.headers["x-container-read"], undefined, "who is not the owner does not see the list");
  t.equal((await ask("POST", "", { user: "reader" })).status, 403);
});

truth("quotas of a container are held", async (t, rest) => {
  // The real Swift counts by what it has cached for a minute, so what is there already tells nothing.
  const { put } = await box(t, rest, { "x-container-meta-quota-bytes": "10" });
  const over = await put("b", "12345678901");
  t.strictSame([over.status, over.text], [413, "Upload exceeds quota."]);
  t.equal((await put("a", "1234567890")).status, 201);
  const counted = await box(t, rest, { "x-container-meta-quota-count": "0" });
  t.equal((await counted.put("b", "x")).status, 413);
});

truth("an account has keys of its own, and says what Swift can do", async (t, rest) => {
  const ask = (method: string, headers: Record<string, string> = {}) =>
    rest.ask("object-store", method, "", { headers });
  const key = `x-account-meta-${rest.unique("k")}`;
  t.equal((await ask("POST", { [key]: "1" })).status, 204);
  t.equal((await ask("HEAD")).headers[key.toLowerCase()], "1");
  t.equal((await ask("POST", { [`x-remove-${key.slice(2)}`]: "x" })).status, 204);
  t.equal((await ask("HEAD")).headers[key.toLowerCase()], undefined);
  t.equal((await ask("DELETE")).status, 403);
  const { origin } = new URL(await rest.endpoint("object-store"));
  const info = (await rest.send("GET", `${origin}/info`)).json;
  t.match(info, {
    swift: { max_file_size: 5368709122, container_listing_limit: 10000 },
    slo: { max_manifest_segments: 1000, min_segment_size: 1 },
    tempurl: { methods: ["GET", "HEAD", "PUT", "POST", "DELETE"] },
  });
  t.equal((await rest.send("GET", `${origin}/healthcheck`)).text, "OK");
});
