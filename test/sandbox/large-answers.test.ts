// What is sent in many parts is sent as its reader takes it.
import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { open } from "./client.ts";

t.test("listeners do not gather while an answer waits for its reader", async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on("warning", onWarning);
  t.teardown(() => process.off("warning", onWarning));
  const client = await open(t);
  const catalog = (await client.ask("GET", "/identity/v3/auth/catalog")).json.catalog as JsonObject[];
  const swift = catalog.find(({ type }) => type === "object-store")?.endpoints as JsonObject[];
  const container = `${new URL(String(swift[0]?.url)).pathname}/box`;
  await client.ask("PUT", container);
  // The sandbox keeps an object in the parts in which it came, and sends it so.
  const size = 16 * 1024 * 1024;
  await client.ask("PUT", `${container}/large`, { body: Buffer.alloc(size, "x") });
  t.equal((await client.ask("GET", `${container}/large`)).text.length, size);
  t.same(warnings, []);
});
