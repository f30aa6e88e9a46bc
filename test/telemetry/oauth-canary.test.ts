// What OAuth hands out and is handed must turn up nowhere else, well or badly used.
import { createClient } from "@connectrpc/connect";
import t from "tap";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { token, transport } from "../server/harness.ts";
import { startCollector, startWatched } from "./watched.ts";

t.test(
  "secrets and tokens of OAuth are in no log, metric, trace or error",
  { timeout: 240_000 },
  async (t) => {
    const collector = await startCollector(t);
    const watched = await startWatched(t, { token, traces: collector.url });
    const { url } = watched.server;
    const access = createClient(AccessService, transport(url, "gRPC"));
    const { apiUser, secret } = await access.createApiUser({
      name: "canary",
      access: ApiUserAccess.EVERYTHING,
    });
    const rotated = await access.rotateApiUser({ nameOrId: apiUser?.id ?? "", keepOld: true });
    const id = apiUser?.id ?? "";

    const answers: string[] = [];
    const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        body: new URLSearchParams(form),
        headers,
      });
      const text = await response.text();
      const { access_token: given = "", ...rest } = text === "" ? {} : JSON.parse(text);
      answers.push(JSON.stringify(rest));
      return String(given);
    };
    const call = async (bearer: string) => {
      const response = await fetch(`${url}/oaktree.v1.ComputeService/ListFlavors`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
      });
      answers.push(await response.text());
      return response.status;
    };
    const grant = { grant_type: "client_credentials" };
    const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
    const first = await post("/oauth/token", { ...grant, client_id: id, client_secret: secret });
    const second = await post("/oauth/token", grant, basic(`${id}:${secret}`));
    const wrong = `wrong-${secret}`;
    await post("/oauth/token", grant, basic(`${id}:${wrong}`));
    await post("/oauth/token", { ...grant, client_id: id, client_secret: secret, scope: secret });
    await post("/oauth/token", { ...grant, client_id: secret, client_secret: secret });
    await post(`/oauth/token?cloud=${id}`, { ...grant, client_id: id, client_secret: secret });
    await post("/oauth/token", { grant_type: "password", username: "demo", password: secret });
    t.equal(await call(first), 200);
    t.equal(await call(second), 200);
    t.equal(await call(`${first}x`), 401);
    await post("/oauth/revoke", { token: first });
    await post("/oauth/revoke", { token: `${second}x` });
    t.equal(await call(first), 401);
    const metrics = await watched.metrics();
    await watched.server.close();
    await watched.flush();

    t.match(watched.log(), /"path":"\/oauth\/token".*"error":"invalid_client"/, "they were logged");
    t.ok(collector.spans().length > 0, "and traced");
    const places = { log: watched.log(), metrics, traces: collector.text(), answers: answers.join("\n") };
    for (const [place, text] of Object.entries(places)) {
      for (const hidden of [secret, rotated.secret, first, second, first.slice(40, 120)]) {
        t.equal(text.indexOf(hidden), -1, place);
      }
    }
  },
);
