import t, { type Test } from "tap";
import type { SignIns } from "../../src/auth/token-endpoint.ts";
import { Fault } from "../../src/cloud/fault.ts";
import type { StartOptions } from "../../src/server/start.ts";
import { plain, shared, start } from "./harness.ts";

const refuse = async (): Promise<never> => {
  throw new Fault("CREDENTIAL_INVALID", "no");
};
const signIns: SignIns = { names: ["one"], signIn: refuse, present: refuse, revoke: async () => {} };

/** A server, and how often a client at an address is heard before it is told to wait. */
async function limited(t: Test, more: Partial<StartOptions> = {}) {
  const server = await start({ clouds: shared, oauth: { signIns, keys: [new Uint8Array(32)] }, ...more });
  t.teardown(() => server.close());
  const ask = async (client: string, from?: string): Promise<number> => {
    const answer = await plain(server.url, "/oauth/token", {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(`${client}:secret`).toString("base64")}`,
        ...(from !== undefined && { "x-forwarded-for": from }),
      },
      body: "grant_type=client_credentials",
    });
    t.ok(answer.status === 401 || answer.status === 429, `${answer.status}: ${answer.body}`);
    return answer.status;
  };
  return async (client: (count: number) => string, from?: (count: number) => string) => {
    for (let count = 0; count < 300; count++) {
      if ((await ask(client(count), from?.(count))) === 429) {
        return count;
      }
    }
    return Number.POSITIVE_INFINITY;
  };
}

// Time goes on meanwhile, so a few more may pass than are allowed in a row.
const few = 20;

t.test("a client is limited, and another one is not", async (t) => {
  const heard = await limited(t);
  const count = await heard(() => "a");
  t.ok(count >= 30 && count < 30 + few, `${count}`);
  t.ok((await heard(() => "b")) >= 30);
});

t.test("an address is limited, whatever clients it tries", async (t) => {
  const heard = await limited(t);
  const count = await heard((n) => `a${n}`);
  t.ok(count >= 120 && count < 120 + few * 2, `${count}`);
});

t.test("whom nobody trusts cannot choose an address", async (t) => {
  const heard = await limited(t);
  const count = await heard(
    (n) => `a${n}`,
    (n) => `192.0.2.${n % 250}`,
  );
  t.ok(count < 120 + few * 2, `${count}`);
});

t.test("a trusted proxy names the address", async (t) => {
  const heard = await limited(t, { trustProxy: ["127.0.0.1"] });
  t.equal(
    await heard(
      (n) => `a${n}`,
      (n) => `192.0.2.${n % 250}`,
    ),
    Number.POSITIVE_INFINITY,
    "many addresses",
  );
  const one = await heard(
    (n) => `b${n}`,
    // What a client put before it is not believed.
    (n) => `198.51.100.${n % 250}, 203.0.113.9`,
  );
  t.ok(one >= 120 && one < 120 + few * 2, `${one}`);
});
