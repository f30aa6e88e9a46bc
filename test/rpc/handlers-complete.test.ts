import type { Message } from "@bufbuild/protobuf";
import t from "tap";
import { createHandlers } from "../../src/handlers.ts";
import { apiServices } from "../../src/rpc/schema.ts";
import { handlers, start } from "../server/harness.ts";

t.test("an RPC without a handler stops the start, and is named", async (t) => {
  const all = new Map(handlers());
  all.delete("oaktree.v1.ComputeService.CreateServer");
  await t.rejects(start({ handlers: all }), /no handler serves oaktree\.v1\.ComputeService\.CreateServer/);
});

t.test("so does a handler without an RPC", async (t) => {
  const all = new Map(handlers()).set(
    "oaktree.v1.ComputeService.ReadMinds",
    async (request: Message) => request,
  );
  await t.rejects(
    start({ handlers: all }),
    /no RPC for the handlers of oaktree\.v1\.ComputeService\.ReadMinds/,
  );
});

t.test("Oaktree's own handlers are complete", async (t) => {
  const own = createHandlers({ sealKey: new Uint8Array(32) });
  const server = await start({ handlers: own });
  await server.close();
  t.equal(own.size, apiServices.flatMap(({ methods }) => methods).length);
});
