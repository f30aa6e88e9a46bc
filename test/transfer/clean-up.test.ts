import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { stringify } from "yaml";
import { Clouds } from "../../src/cloud/clouds.ts";
import { path } from "../../src/cloud/path.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { cleanUpScope } from "../../src/transfer/clean-up.ts";
import { temporaryFile } from "../support/temporary-file.ts";

t.test("a clean-up that the cloud does not answer ends all the same, and so does its request", async (t) => {
  const sandbox = await startSandbox();
  t.teardown(() => sandbox.close());
  const arrived = Promise.withResolvers<Promise<unknown>>();
  const silent = createServer((request, response) => {
    if (request.method === "DELETE") {
      arrived.resolve(once(request.socket, "close"));
    } else {
      // Discovery.
      response.writeHead(404).end();
    }
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => {
    silent.close();
    silent.closeAllConnections();
  });
  const { port } = silent.address() as AddressInfo;
  const entry = { ...sandbox.cloud("demo"), image_endpoint_override: `http://127.0.0.1:${port}/v2` };
  const file = await temporaryFile(t, "clouds.yaml", stringify({ clouds: { demo: entry } }));
  const clouds = await Clouds.load({ file, env: {} });
  t.teardown(() => clouds.close());
  const scope = cleanUpScope(300);
  t.not(scope.requestId, cleanUpScope().requestId, "it is a request of its own");
  const [region] = await clouds.personal().regions({ cloud: "demo" }, cleanUpScope());
  const request = region?.send({ service: "image", method: "DELETE", path: path`/images/${"x"}` }, scope);
  await t.rejects(Promise.resolve(request));
  await await arrived.promise;
  t.ok(scope.signal?.aborted);
});
