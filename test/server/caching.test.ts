// What caches are told of answers to GET.
import t from "tap";
import { plain, start } from "./harness.ts";

const folder = t.testdir({ "index.html": "<html></html>", assets: { "a.js": "1" } });
const server = await start({ web: `${folder}/` });
t.teardown(() => server.close());
const rpc = "/oaktree.v1.ComputeService/ListFlavors?connect=v1&encoding=json&message=%7B%7D";
const get = (path: string, headers = {}) => plain(server.url, path, { method: "GET", headers });

t.test("no cache keeps what a caller's token shows, nor a refusal", async (t) => {
  for (const [path, headers, status] of [
    [rpc, {}, 200],
    [rpc, { authorization: "Basic x" }, 401],
    ["/oaktree.v1.ComputeService/ListFlavors", {}, 415],
    ["/oaktree.v1.ComputeService/Fly", {}, 404],
    ["/nothing", {}, 404],
    ["/livez", {}, 200],
    ["/readyz", {}, 200],
  ] as const) {
    const answer = await get(path, headers);
    t.equal(answer.status, status, path);
    t.equal(answer.headers["cache-control"], "no-store", path);
  }
});

t.test("what is the same for everybody may be kept, and is asked for again", async (t) => {
  const document = await get("/openapi.json");
  t.equal(document.headers["cache-control"], "no-cache");
  t.equal((await get("/openapi.json", { "if-none-match": document.headers.etag })).status, 304);
  const page = await get("/");
  t.equal(page.status, 200);
  t.match(page.headers["cache-control"], /max-age=0|no-cache/);
});
