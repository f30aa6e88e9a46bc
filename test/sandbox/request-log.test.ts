import t from "tap";
import { open } from "./client.ts";

t.test("requests are counted, and no secret is kept", async (t) => {
  const { sandbox, ask } = await open(t);
  await ask("GET", "/compute/v2.1/servers?limit=1", {
    version: "2.93",
    headers: { traceparent: "00-a-b-01" },
  });
  await ask("GET", "/image/v2/images");
  t.match(sandbox.requests.list({ service: "compute" }), [
    {
      method: "GET",
      path: "/compute/v2.1/servers",
      query: "limit=1",
      headers: { "openstack-api-version": "compute 2.93", traceparent: "00-a-b-01" },
    },
  ]);
  t.equal(sandbox.requests.list({ method: "POST", path: /auth\/tokens$/ }).length, 1);
  const all = JSON.stringify(sandbox.requests.list());
  t.notMatch(all, /gAAAAAB|"x-auth-token"|sandbox"/);
});

t.test("only the last ones are kept", async (t) => {
  const { sandbox, ask } = await open(t, { logSize: 2 });
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    await ask("GET", `/${name}`, { user: null });
  }
  t.strictSame(
    sandbox.requests.list().map(({ path }) => path),
    ["/e", "/f"],
  );
  t.equal(sandbox.requests.total, 6);
});
