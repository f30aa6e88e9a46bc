import { inspect } from "node:util";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fakeCloud, json, password, type Service, scope } from "./fake-cloud.ts";

/** A cloud that says everything it was told back, in whatever way it fails. */
const echoes: Service[] = [
  (request, response, body) =>
    json(response, 500, { computeFault: { message: `${JSON.stringify(request.headers)} ${body}` } }),
  (request, response) => response.writeHead(400).end(JSON.stringify(request.headers)),
  (request, response) => response.writeHead(200).end(`not JSON: ${request.headers["x-auth-token"]}`),
  (request, response) => response.writeHead(401).end(String(request.headers["x-auth-token"])),
  (request, response) => response.writeHead(302, { location: `/?${request.headers["x-auth-token"]}` }).end(),
  (request) => request.socket.end(`${request.headers["x-auth-token"]}\r\n\r\n`),
  (request) => request.socket.destroy(),
];

/** All that of an error could reach a caller or a log. */
function shown(error: unknown): string {
  t.ok(error instanceof Fault);
  return inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
}

t.test("no error holds a token", async (t) => {
  for (const service of echoes) {
    const fake = await fakeCloud(t, { service });
    fake.valid.add("callers-token");
    for (const caller of [fake.clouds.personal(), fake.clouds.withToken("fake", "callers-token")]) {
      const region = await fake.region(caller);
      for (const method of ["GET", "POST"] as const) {
        const request: RestRequest = { service: "network", method, path: literalPath("/x") };
        const error = await region.send(request, scope()).catch((thrown: unknown) => thrown);
        t.notMatch(shown(error), /token-\d|callers-token/);
      }
    }
  }
});

t.test("no error holds a password", async (t) => {
  for (const status of [400, 401, 403, 500, 503]) {
    const fake = await fakeCloud(t, {
      keystone: (_request, response) => {
        json(response, status, { error: { message: `you said ${password}` } });
        return true;
      },
    });
    const region = await fake.region();
    const error = await region.identity(scope()).catch((thrown: unknown) => thrown);
    t.notMatch(shown(error), password);
  }
});

t.test("what the back door hands out does not show secrets", async (t) => {
  const fake = await fakeCloud(t);
  fake.valid.add("callers-token");
  const caller = fake.clouds.withToken("fake", "callers-token");
  for (const thing of [
    fake.clouds,
    fake.clouds.personal(),
    await fake.region(),
    caller,
    await fake.region(caller),
  ]) {
    const text = inspect(thing, { depth: 10, showHidden: true }) + JSON.stringify(thing);
    t.notMatch(text, password);
    t.notMatch(text, /token-\d|callers-token/);
  }
});
