import type { ServerResponse } from "node:http";
import t, { type Test } from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { literalPath } from "../../src/cloud/path.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const things = literalPath("/things");

/** Where a call for /things of the service arrives, given what the version documents answer. */
async function arrives(
  t: Test,
  service: string,
  document: (url: string, response: ServerResponse) => void,
  entry: (url: string) => JsonObject = () => ({}),
): Promise<string> {
  const fake = await fakeCloud(t, {
    entry,
    service: (request, response) => {
      if (request.url?.endsWith("/things")) {
        json(response, 200, { url: request.url });
      } else {
        document(request.url ?? "", response);
      }
    },
  });
  const region = await fake.region();
  await region.send({ service, method: "GET", path: things }, scope());
  return fake.seen.findLast((line) => line.endsWith("/things")) ?? "";
}

const self = (href: string): object => ({ links: [{ rel: "self", href }] });
const lost = (_url: string, response: ServerResponse): void => void response.socket?.destroy();
const missing = (_url: string, response: ServerResponse): void => void response.writeHead(404).end();
const garbled = (_url: string, response: ServerResponse): void => void response.writeHead(200).end("<html>");

t.test("an unversioned endpoint behind a prefix is completed, whatever host its links have", async (t) => {
  const document = (_url: string, response: ServerResponse): void =>
    json(response, 300, { versions: [{ id: "v2.15", ...self("http://inside.local:9292/v2/") }] });
  t.equal(await arrives(t, "image", document), "GET /image/v2/things");
});

t.test("an unversioned endpoint without a document gets the usual path", async (t) => {
  t.equal(await arrives(t, "image", missing), "GET /image/v2/things");
  t.equal(await arrives(t, "image", garbled), "GET /image/v2/things");
});

t.test("Neutron's path is known without asking", async (t) => {
  t.equal(await arrives(t, "network", lost), "GET /network/v2.0/things");
});

t.test("a versioned endpoint works whatever is wrong with its document", async (t) => {
  for (const document of [missing, garbled, lost]) {
    t.equal(await arrives(t, "compute", document), "GET /compute/v2.1/things");
  }
});

t.test("a service without versions is used as it is", async (t) => {
  t.equal(await arrives(t, "object-store", lost), "GET /swift/v1/AUTH_p1/things");
});

t.test("an endpoint from before Nova's v2.1 leads to it", async (t) => {
  const document = (url: string, response: ServerResponse): void =>
    url === "/nova/"
      ? json(response, 200, {
          versions: [
            { id: "v2.0", version: "", min_version: "", ...self("http://x/v2/") },
            { id: "v2.1", version: "2.93", min_version: "2.1", ...self("http://x/v2.1/") },
          ],
        })
      : missing(url, response);
  const entry = (url: string): JsonObject => ({ compute_endpoint_override: `${url}/nova/v2/p1` });
  t.equal(await arrives(t, "compute", document, entry), "GET /nova/v2.1/p1/things");
});

t.test("Cinder's root is asked when its version wants a token", async (t) => {
  const document = (url: string, response: ServerResponse): void =>
    url === "/volume/"
      ? json(response, 300, {
          versions: [{ id: "v3.0", version: "3.70", min_version: "3.0", ...self("http://x/v3/") }],
        })
      : void response.writeHead(401).end();
  const entry = (url: string): JsonObject => ({ volume_endpoint_override: `${url}/volume/v3/p1` });
  t.equal(await arrives(t, "volumev3", document, entry), "GET /volume/v3/p1/things");
});

t.test("a service that only has other versions is an error", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) =>
      json(response, 200, { versions: [{ id: "v1.1", ...self("http://x/v1/") }] }),
  });
  const region = await fake.region();
  await fails(t, region.send({ service: "image", method: "GET", path: things }, scope()), {
    reason: "UNSUPPORTED_BY_CLOUD",
    message: /offers v1.1; Oaktree speaks v2/,
  });
});

t.test("a Keystone that is not there is a clear error", async (t) => {
  const fake = await fakeCloud(t, {
    keystone: (_request, response) => {
      response.writeHead(404).end();
      return true;
    },
  });
  const region = await fake.region();
  await fails(t, region.identity(scope()), {
    reason: "CLOUD_MISCONFIGURED",
    message: /no Keystone v3 at http/,
    metadata: { key: "auth.auth_url" },
  });
});
