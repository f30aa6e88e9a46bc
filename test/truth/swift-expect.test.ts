import { once } from "node:events";
import { request } from "node:http";
import { truth } from "./rest.ts";
import { box } from "./swift.ts";

truth("who waits for a word before the bytes gets it, or the refusal", async (t, rest) => {
  const { name } = await box(t, rest);
  const base = await rest.endpoint("object-store");
  const token = (await rest.token("demo")).id;
  const patient = (path: string, headers: Record<string, string>) =>
    request(`${base}${path}`, {
      method: "PUT",
      agent: false,
      headers: { "content-length": "5", expect: "100-continue", ...headers },
    });
  const good = patient(`/${name}/x`, { "x-auth-token": token });
  good.flushHeaders();
  await once(good, "continue");
  const answered = once(good, "response");
  good.end("hello");
  const [made] = await answered;
  t.equal(made.statusCode, 201);
  made.resume();

  for (const [path, headers, status] of [
    [`/${name}/x`, {}, 401],
    [`/${rest.unique("none")}/x`, { "x-auth-token": token }, 404],
  ] as const) {
    const bad = patient(path, headers);
    let isAsked = false;
    bad.on("continue", () => {
      isAsked = true;
    });
    bad.flushHeaders();
    const [refused] = await once(bad, "response");
    t.equal(refused.statusCode, status);
    t.notOk(isAsked, "no byte is wanted");
    bad.on("error", () => {});
    bad.destroy();
  }
});
