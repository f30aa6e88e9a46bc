// What a cloud or a caller wrote may hold half a surrogate pair, which has no UTF-8; the error arrives all the same.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, start, transport, ways } from "./harness.ts";

const server = await start({
  handlers: handlers({
    "ComputeService.GetFlavor": async () => {
      throw new Fault("NOT_FOUND", "no \ud83c here", { metadata: { key: "half \udf33" } });
    },
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(way, async (t) => {
    const client = createClient(ComputeService, transport(server.url, way));
    const error = await client.getFlavor({ nameOrId: "x" }).then(() => undefined, ConnectError.from);
    t.equal(error?.code, Code.NotFound);
    t.equal(error?.rawMessage, "no \ufffd here");
    t.equal(error?.findDetails(ErrorInfoSchema)[0]?.metadata.key, "half \ufffd");
  });
}
