import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import t, { type Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import { parseCloud } from "../../src/cloud/config.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import { fails, scope } from "./fake-cloud.ts";

/** Certificates of a CA made for this test, good until 2126. */
const file = (name: string): string => join(import.meta.dirname, "tls", name);

/** Asks a Keystone over TLS for a token; it refuses everybody with the name on the client's certificate. */
async function ask(t: Test, entry: JsonObject): Promise<unknown> {
  const server = createServer(
    {
      key: readFileSync(file("server.key")),
      cert: readFileSync(file("server.pem")),
      ca: readFileSync(file("ca.pem")),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const { CN: name } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
      response.writeHead(401).end(`hello ${name ?? "nobody"}`);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const auth = {
    auth_url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
    user_id: "u",
    password: "p",
  };
  const clouds = Clouds.of({ c: parseCloud("c", { auth, region_name: "r", ...entry }) });
  t.teardown(async () => {
    await clouds.close();
    server.close();
  });
  const [region] = await clouds.personal().regions({}, scope());
  return await region?.identity(scope());
}

t.test("a certificate that is not trusted is a matter of configuration", async (t) => {
  await fails(t, ask(t, {}), {
    reason: "CLOUD_MISCONFIGURED",
    message: /the certificate of https:\/\/127.0.0.1:\d+ is not trusted \(.*\); see cacert and verify/,
  });
});

t.test("cacert names whom to trust", async (t) => {
  await fails(t, ask(t, { cacert: file("ca.pem") }), {
    reason: "CREDENTIAL_INVALID",
    message: /hello nobody/,
  });
});

t.test("verify: false trusts everybody", async (t) => {
  await fails(t, ask(t, { verify: false }), { reason: "CREDENTIAL_INVALID" });
});

t.test("cert and key show who asks", async (t) => {
  const entry = { cacert: file("ca.pem"), cert: file("client.pem"), key: file("client.key") };
  await fails(t, ask(t, entry), { reason: "CREDENTIAL_INVALID", message: /hello client/ });
});

t.test("a file that is not there is named", async (t) => {
  await fails(t, ask(t, { cacert: "/nonexistent/ca.pem" }), {
    reason: "CLOUD_MISCONFIGURED",
    message: "cloud c: cacert: the file cannot be read: /nonexistent/ca.pem",
  });
});
