import t from "tap";
import { plain, start } from "./harness.ts";

const web = t.testdir({
  "index.html": "<!doctype html><title>Oaktree</title>",
  assets: { "app.js": "document.title" },
});

t.test("the dashboard is served without a credential, and may run nothing but its own files", async (t) => {
  const server = await start({ web });
  t.teardown(() => server.close());
  const page = await fetch(server.url);
  t.equal(page.status, 200);
  t.match(await page.text(), "<title>Oaktree</title>");
  const policy = page.headers.get("content-security-policy") ?? "";
  t.match(policy, "default-src 'none'");
  t.match(policy, "script-src 'self'");
  t.match(policy, "frame-ancestors 'none'");
  t.notMatch(policy, /unsafe|\*|http:/);
  t.equal(page.headers.get("referrer-policy"), "no-referrer");
  t.equal(page.headers.get("x-content-type-options"), "nosniff");
  t.equal((await fetch(`${server.url}/assets/app.js`)).headers.get("content-security-policy"), policy);
  t.equal((await fetch(`${server.url}/nothing`)).status, 404);
  for (const path of ["/../harness.ts", "/%2e%2e/harness.ts", "/assets/..%2f..%2fharness.ts"]) {
    t.not((await plain(server.url, path, { method: "GET" })).status, 200, path);
  }
});

t.test("without a built dashboard there is no page", async (t) => {
  const server = await start({ web: `${web}/missing` });
  t.teardown(() => server.close());
  t.equal((await fetch(server.url)).status, 404);
});
