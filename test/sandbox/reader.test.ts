import t from "tap";
import { createServer, open } from "./client.ts";

t.test("a reader sees what the project has and changes nothing", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  const ask = async (method: string, path: string, body?: object) =>
    (await client.ask(method, path, { user: "reader", ...(body === undefined ? {} : { body: { ...body } }) }))
      .status;
  t.equal(await ask("GET", `/compute/v2.1/servers/${id}`), 200);
  t.equal(await ask("DELETE", `/compute/v2.1/servers/${id}`), 403);
  t.equal(await ask("PUT", `/compute/v2.1/servers/${id}`, { server: { name: "x" } }), 403);
  t.equal(await ask("POST", "/image/v2/images", { name: "x" }), 403);
  t.equal(await ask("POST", "/network/v2.0/networks", { network: { name: "x" } }), 403);
  t.match((await client.ask("GET", `/compute/v2.1/servers/${id}`)).json.server, { name: "one" });
});
