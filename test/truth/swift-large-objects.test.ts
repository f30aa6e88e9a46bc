import { createHash } from "node:crypto";
import { truth } from "./rest.ts";
import { box, facts } from "./swift.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

truth("a static large object is put by a manifest and read as one", async (t, rest) => {
  const { name, ask, put } = await box(t, rest);
  await put("1", "aaaaa");
  await put("2", "bbbbb");
  const manifest = [
    { path: `/${name}/1`, etag: md5("aaaaa"), size_bytes: 5 },
    { path: `/${name}/2`, range: "1-3" },
  ];
  const headers = { "content-type": "text/x", "x-object-meta-q": "1" };
  const made = await ask("PUT", "/slo?multipart-manifest=put", { body: JSON.stringify(manifest), headers });
  const etag = `"${md5(`${md5("aaaaa")}${md5("bbbbb")}:1-3;`)}"`;
  t.strictSame(facts(made, "etag"), [201, etag]);
  const whole = await ask("GET", "/slo");
  t.strictSame(facts(whole, "etag", "content-type", "x-static-large-object", "x-object-meta-q"), [
    200,
    etag,
    "text/x",
    "True",
    "1",
  ]);
  t.equal(whole.text, "aaaaabbb");
  t.strictSame(facts(await ask("HEAD", "/slo"), "content-length", "etag"), [200, "8", etag]);
  const part = await ask("GET", "/slo", { headers: { range: "bytes=4-6" } });
  t.strictSame([...facts(part, "content-range"), part.text], [206, "bytes 4-6/8", "abb"]);
  t.equal((await ask("GET", "/slo", { headers: { "if-none-match": etag } })).status, 304);
  t.match(JSON.parse((await ask("GET", "/slo?multipart-manifest=get")).text), [
    { name: `/${name}/1`, bytes: 5, hash: md5("aaaaa"), content_type: "application/octet-stream" },
    { name: `/${name}/2`, bytes: 5, hash: md5("bbbbb"), range: "1-3" },
  ]);
  t.strictSame(JSON.parse((await ask("GET", "/slo?multipart-manifest=get&format=raw")).text), [
    { etag: md5("aaaaa"), path: `/${name}/1`, size_bytes: 5 },
    { etag: md5("bbbbb"), path: `/${name}/2`, range: "1-3", size_bytes: 5 },
  ]);
  t.match(JSON.parse((await ask("GET", "?format=json&prefix=slo")).text), [
    { name: "slo", bytes: 8, slo_etag: etag, content_type: "text/x" },
  ]);
  t.equal((await ask("POST", "/slo", { headers: { "x-object-meta-z": "1" } })).status, 202);
  t.equal((await ask("GET", "/slo")).text, "aaaaabbb", "a POST does not make it small");

  const nested = [
    { path: `/${name}/slo` },
    { data: Buffer.from("abc").toString("base64") },
    { path: `${name}/1` },
  ];
  t.equal((await ask("PUT", "/deep?multipart-manifest=put", { body: JSON.stringify(nested) })).status, 201);
  t.equal((await ask("GET", "/deep", { headers: { range: "bytes=6-11" } })).text, "bbabca");
  const gone = await ask("DELETE", "/deep?multipart-manifest=delete", {
    headers: { accept: "application/json" },
  });
  t.match(JSON.parse(gone.text), { "Response Status": "200 OK", "Number Deleted": 4, "Number Not Found": 1 });
  t.equal((await ask("GET", "")).status, 204);
});

truth("a manifest that does not fit its segments is refused", async (t, rest) => {
  const { name, ask, put } = await box(t, rest);
  await put("1", "aaaaa");
  const refused = async (body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await ask("PUT", "/slo?multipart-manifest=put", { body: text, headers });
    // Swift looks at segments side by side, and tells of them as it finds them.
    const [first = "", ...others] = answer.text.split("\n").filter((line) => line !== "");
    return [answer.status, [first, ...others.toSorted()].join("\n")];
  };
  t.strictSame(await refused("x"), [400, "Manifest must be valid JSON."]);
  t.strictSame(await refused({}), [400, "Manifest must be a list."]);
  t.strictSame(
    await refused([
      { path: `/${name}/none` },
      { path: `/${name}/1`, etag: "bad" },
      { path: `/${name}/1`, size_bytes: 7 },
    ]),
    [400, `Errors:\n/${name}/1, Etag Mismatch\n/${name}/1, Size Mismatch\n/${name}/none, 404 Not Found`],
  );
  t.strictSame(
    await refused([{ path: "x" }, 3, { path: "/a/b", foo: 1 }, { path: "/a/b", size_bytes: "x" }]),
    [
      400,
      "Index 0: path does not refer to an object. Path must be of the form /container/object.\n" +
        'Index 1: not a JSON object\nIndex 2: extraneous keys "foo"\nIndex 3: invalid size_bytes',
    ],
  );
  const [status] = await refused([{ path: `/${name}/1` }], { etag: "0".repeat(32) });
  t.equal(status, 422);
  t.equal(
    (await ask("PUT", "/slo?multipart-manifest=put", { body: JSON.stringify([{ path: `/${name}/1` }]) }))
      .status,
    201,
  );
  await put("1", "other");
  t.equal((await ask("GET", "/slo")).status, 409, "a segment that has changed is no part of it");
});

truth("a dynamic large object is all that begins alike", async (t, rest) => {
  const { name, ask, put } = await box(t, rest);
  await put("d/1", "11111");
  await put("d/2", "22222");
  await put("all", "", { "x-object-manifest": `${name}/d/` });
  const etag = `"${md5(md5("11111") + md5("22222"))}"`;
  const whole = await ask("GET", "/all");
  t.strictSame(
    [...facts(whole, "etag", "x-object-manifest"), whole.text],
    [200, etag, `${name}/d/`, "1111122222"],
  );
  t.strictSame(facts(await ask("HEAD", "/all"), "content-length", "etag"), [200, "10", etag]);
  const part = await ask("GET", "/all", { headers: { range: "bytes=4-6" } });
  t.strictSame([...facts(part, "content-range"), part.text], [206, "bytes 4-6/10", "122"]);
  t.strictSame(facts(await ask("GET", "/all", { headers: { range: "bytes=10-" } }), "content-range"), [
    416,
    "bytes */10",
  ]);
  t.equal((await ask("GET", "/all?multipart-manifest=get")).text, "");
  await ask("POST", "/all", { headers: { "x-object-meta-a": "b" } });
  t.equal(
    (await ask("HEAD", "/all")).headers["content-length"],
    "0",
    "a POST that does not repeat it ends it",
  );
});
