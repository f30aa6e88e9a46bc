import { brotliCompressSync } from "node:zlib";
import t from "tap";
import { plain, start } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());

t.test("an unknown RPC is refused for that, whatever its body is", async (t) => {
  for (const path of ["/oaktree.v1.ComputeService/Fly", "/nobody.v1.Knows/This"]) {
    const { status, headers, json } = await plain(server.url, path, {
      headers: { "content-type": "application/json", "content-encoding": "br" },
      body: brotliCompressSync("{}"),
    });
    t.equal(status, 404);
    t.equal(headers["content-type"], "application/json");
    t.match(json(), { code: "unimplemented", message: /has no RPC/ });
  }
});
