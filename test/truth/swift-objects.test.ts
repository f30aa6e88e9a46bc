import { truth } from "./rest.ts";
import { box, facts } from "./swift.ts";

const md5 = "5d41402abc4b2a76b9719d911017c592";

truth("an object is put, read in parts, changed and deleted", async (t, rest) => {
  const { ask, put } = await box(t, rest);
  const made = await put("a.txt", "hello", { "x-object-meta-colour": "green", "x-delete-after": "1000" });
  t.strictSame(facts(made, "etag", "content-length"), [201, md5, "0"]);
  const got = await ask("GET", "/a.txt");
  t.strictSame(facts(got, "etag", "content-type", "x-object-meta-colour", "accept-ranges"), [
    200,
    md5,
    "text/plain",
    "green",
    "bytes",
  ]);
  t.match(got.headers["x-delete-at"], /^\d{10}$/);
  t.equal(got.text, "hello");
  const part = async (range: string) => {
    const answer = await ask("GET", "/a.txt", { headers: { range } });
    return [...facts(answer, "content-range"), answer.status < 300 ? answer.text.length : undefined];
  };
  t.strictSame(await part("bytes=1-2"), [206, "bytes 1-2/5", 2]);
  t.strictSame(await part("bytes=-2"), [206, "bytes 3-4/5", 2]);
  t.strictSame(await part("bytes=3-99"), [206, "bytes 3-4/5", 2]);
  t.strictSame(await part("bytes=5-"), [416, "bytes */5", undefined]);
  t.strictSame(await part("lines=1-2"), [200, undefined, 5]);
  const many = await ask("GET", "/a.txt", { headers: { range: "bytes=0-0,2-3" } });
  t.match(many.headers["content-type"], /^multipart\/byteranges;boundary=/);
  t.match(many.text, /Content-Range: bytes 0-0\/5\r\n\r\nh\r\n[\s\S]*bytes 2-3\/5\r\n\r\nll\r\n/);

  t.equal((await ask("POST", "/a.txt", { headers: { "x-object-meta-size": "L" } })).status, 202);
  const changed = await ask("HEAD", "/a.txt");
  t.strictSame(facts(changed, "x-object-meta-size", "x-object-meta-colour", "x-delete-at", "content-type"), [
    200,
    "L",
    undefined,
    undefined,
    "text/plain",
  ]);
  t.equal(changed.headers["content-length"], "5");
  t.equal((await ask("DELETE", "/a.txt")).status, 204);
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    t.equal((await ask(method, "/a.txt")).status, 404, method);
  }
});

truth("conditions and digests are held to", async (t, rest) => {
  const { ask, put } = await box(t, rest);
  t.equal((await put("a", "hello", { etag: "0".repeat(32) })).status, 422);
  t.equal((await ask("GET", "/a")).status, 404, "and what does not fit is not kept");
  t.equal((await put("a", "hello", { "if-none-match": "*", etag: md5 })).status, 201);
  t.equal((await put("a", "hello", { "if-none-match": "*" })).status, 412);
  t.equal((await put("a", "hello", { "if-none-match": "abc" })).text, "If-None-Match only supports *");
  const get = async (headers: Record<string, string>) => (await ask("GET", "/a", { headers })).status;
  t.equal(await get({ "if-match": `"${md5}"` }), 200);
  t.equal(await get({ "if-match": "other" }), 412);
  t.equal(await get({ "if-none-match": md5 }), 304);
  t.equal(await get({ "if-modified-since": "Fri, 01 Jan 2038 00:00:00 GMT" }), 304);
  t.equal(await get({ "if-unmodified-since": "Fri, 01 Jan 2010 00:00:00 GMT" }), 412);
});

truth("what Swift does not take is refused in its words", async (t, rest) => {
  const { ask, put } = await box(t, rest);
  const refused = async (headers: Record<string, string>, name = "a") => {
    const { status, text } = await put(name, "x", headers);
    return [status, text];
  };
  t.strictSame(await refused({ "x-delete-at": "1000" }), [400, "X-Delete-At in past"]);
  t.strictSame(await refused({ "x-delete-at": "soon" }), [400, "Non-integer X-Delete-At"]);
  t.strictSame(await refused({ "x-delete-after": "-1" }), [400, "X-Delete-After in past"]);
  t.strictSame(await refused({ "x-delete-after": "x" }), [400, "Non-integer X-Delete-After"]);
  t.strictSame(await refused({ "x-object-meta-a": "x".repeat(257) }), [
    400,
    "Metadata value longer than 256: x-object-meta-A",
  ]);
  t.strictSame(await refused({ [`x-object-meta-${"a".repeat(129)}`]: "x" }), [
    400,
    `Metadata name too long: x-object-meta-A${"a".repeat(128)}`,
  ]);
  const many = Object.fromEntries(Array.from({ length: 91 }, (_, i) => [`x-object-meta-${i}`, "x"]));
  t.strictSame(await refused(many), [400, "Too many metadata items; max 90"]);
  const large = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`x-object-meta-${i}`, "x".repeat(250)]),
  );
  t.strictSame(await refused(large), [400, "Total metadata too large; max 4096"]);
  t.strictSame(await refused({}, "a".repeat(1025)), [400, "Object name length of 1025 longer than 1024"]);
  t.strictSame(await refused({ "x-object-manifest": "nowhere" }), [
    400,
    "X-Object-Manifest must be in the format container/prefix",
  ]);
  t.equal((await ask("PUT", "/a%00b", { body: "x" })).text, "Invalid UTF8 or contains NULL");
  t.equal((await ask("PUT", "/%ff", { body: "x" })).text, "Invalid UTF8 or contains NULL");
  t.equal((await rest.ask("object-store", "PUT", `/${rest.unique("none")}/x`, { body: "x" })).status, 404);
  t.equal((await rest.ask("object-store", "PUT", `/${"a".repeat(257)}`)).status, 400);
  t.equal((await ask("PATCH", "/a")).status, 405);
});

truth("objects are copied with what belongs to them", async (t, rest) => {
  const { name, ask, put } = await box(t, rest);
  await put("a", "hello", { "content-type": "text/a", "x-object-meta-k": "v" });
  const copied = await ask("PUT", "/b", { headers: { "x-copy-from": `/${name}/a` } });
  t.strictSame(facts(copied, "etag", "x-copied-from", "x-object-meta-k"), [201, md5, `${name}/a`, "v"]);
  t.strictSame(facts(await ask("HEAD", "/b"), "content-type", "x-object-meta-k"), [200, "text/a", "v"]);
  const headers = { destination: `${name}/c`, "x-fresh-metadata": "true" };
  t.equal((await ask("COPY", "/a", { headers })).status, 201);
  t.strictSame(facts(await ask("HEAD", "/c"), "content-type", "x-object-meta-k"), [200, "text/a", undefined]);
  t.equal((await ask("COPY", "/none", { headers })).status, 404);
  t.equal((await ask("COPY", "/a")).text, "Destination header required");
  t.equal((await ask("COPY", "/a", { headers: { destination: "x" } })).status, 412);
});
