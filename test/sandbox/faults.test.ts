import t from "tap";
import { createServer, open } from "./client.ts";

const servers = "/compute/v2.1/servers";
const creation = { service: "compute", method: "POST", path: /\/servers$/ } as const;

t.test("an answer is given as it was asked for, so many times", async (t) => {
  const { sandbox, ask } = await open(t);
  sandbox.faults.next(
    { service: "compute" },
    { kind: "answer", status: 503, headers: { "retry-after": "1" } },
    2,
  );
  const first = await ask("GET", servers);
  t.match([first.status, first.headers.get("retry-after")], [503, "1"]);
  t.equal((await ask("GET", "/image/v2/images")).status, 200);
  t.equal(sandbox.faults.pending, 1);
  t.equal((await ask("GET", servers)).status, 503);
  t.equal((await ask("GET", servers)).status, 200);
});

t.test("drop-before does nothing, drop-after does the work", async (t) => {
  const client = await open(t);
  const count = async () => ((await client.ask("GET", servers)).json.servers as unknown[]).length;
  client.sandbox.faults.next(creation, { kind: "drop-before" });
  await t.rejects(createServer(client));
  t.equal(await count(), 0);
  client.sandbox.faults.next(creation, { kind: "drop-after" });
  await t.rejects(createServer(client));
  t.equal(await count(), 1);
});

t.test("an answer waits until it is let go", async (t) => {
  const { sandbox, ask } = await open(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  sandbox.faults.next({ path: /flavors/ }, { kind: "delay", until: promise });
  let answered = false;
  const late = ask("GET", "/compute/v2.1/flavors").then(({ status }) => {
    answered = true;
    return status;
  });
  t.equal((await ask("GET", servers)).status, 200);
  t.equal(answered, false);
  resolve();
  t.equal(await late, 200);
});

t.test("truncated and garbled answers are what they say", async (t) => {
  const { sandbox, ask } = await open(t);
  sandbox.faults.next({ service: "compute" }, { kind: "truncated" });
  await t.rejects(ask("GET", "/compute/v2.1/flavors"));
  sandbox.faults.next({ service: "compute" }, { kind: "garbage" });
  const garbled = await ask("GET", "/compute/v2.1/flavors");
  t.equal(garbled.status, 200);
  t.throws(() => garbled.json, SyntaxError);
});

t.test("all tokens can be taken away", async (t) => {
  const { sandbox, ask } = await open(t);
  t.equal((await ask("GET", servers)).status, 200);
  sandbox.revokeTokens();
  t.equal((await ask("GET", servers)).status, 401);
});
