import { ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { BadRequestSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, plain, start, transport, ways } from "./harness.ts";

const server = await start({ handlers: handlers() });
t.teardown(() => server.close());

const wrong = {
  name: "web",
  flavor: "m1",
  image: "cirros",
  metadata: { ["k".repeat(256)]: "v", long: "v".repeat(256) },
  tags: ["good", "t".repeat(61)],
  nics: [{ target: { case: "network" as const, value: "net" }, fixedIp: "1".repeat(65) }],
};
const paths = [`metadata["${"k".repeat(256)}"]`, 'metadata["long"]', "nics[0].fixed_ip", "tags[1]"];

for (const way of ways) {
  t.test(`${way}: BadRequest names the fields by their paths, down into lists and maps`, async (t) => {
    const compute = createClient(ComputeService, transport(server.url, way));
    const error = await compute.createServer(wrong).then(() => undefined, ConnectError.from);
    const [detail] = error?.findDetails(BadRequestSchema) ?? [];
    t.strictSame(detail?.fieldViolations.map(({ field }) => field).sort(), paths);
    t.ok(detail?.fieldViolations.every(({ description }) => description !== ""));

    const stream = compute.waitForServer({ nameOrId: "x".repeat(2000) })[Symbol.asyncIterator]();
    const ended = await stream.next().then(() => undefined, ConnectError.from);
    t.equal(ended?.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field, "name_or_id");
  });
}

t.test("plain JSON", async (t) => {
  const { status, body } = await plain(server.url, "/oaktree.v1.ComputeService/CreateServer", {
    body: JSON.stringify({ ...wrong, nics: [] }),
  });
  t.equal(status, 400);
  t.match(body, '"field":"tags[1]"');
});
