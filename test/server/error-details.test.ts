import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  QuotaFailureSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "../../src/gen/google/rpc/error_details_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, plain, start, transport, ways } from "./harness.ts";

const busy = () =>
  new Fault("RATE_LIMITED", "the cloud asks to slow down: 429 ü", {
    metadata: { cloud: "demo", upstreamStatus: "429" },
    retryAfterMs: 2100,
  });

const server = await start({
  handlers: handlers({
    "ComputeService.ListFlavors": async () => {
      throw busy();
    },
    // biome-ignore lint/correctness/useYield: it fails first
    "ComputeService.WaitForServer": async function* () {
      throw busy();
    },
    "ComputeService.CreateServer": async () => {
      throw new Fault("QUOTA_EXCEEDED", "Quota exceeded for cores: Requested 4, but already used 8 of 10", {
        metadata: { cloud: "demo", region: "RegionOne" },
      });
    },
    "ComputeService.ListServers": async () => {
      const candidates = "0b5c7e5e-0000-4000-8000-000000000000, ".repeat(2000);
      throw new Fault("AMBIGUOUS_NAME", `several servers are called web: ${candidates}`, {
        metadata: { candidates },
      });
    },
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(way, async (t) => {
    const client = createClient(ComputeService, transport(server.url, way));
    const calls = {
      unary: () => client.listFlavors({}),
      "server stream": () => client.waitForServer({ nameOrId: "web" })[Symbol.asyncIterator]().next(),
    };
    for (const [kind, call] of Object.entries(calls)) {
      const error = ConnectError.from(
        await call().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      t.equal(error.code, Code.ResourceExhausted, kind);
      t.equal(error.rawMessage, "the cloud asks to slow down: 429 ü");
      const [info] = error.findDetails(ErrorInfoSchema);
      t.match(info, {
        domain: "oaktree",
        reason: "RATE_LIMITED",
        metadata: { cloud: "demo", upstreamStatus: "429" },
      });
      t.equal(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds, 3n, "rounded up");
      t.match(error.findDetails(RequestInfoSchema)[0]?.requestId, /^req-[0-9a-f-]{36}$/);
      t.equal(error.metadata.get("retry-after"), "3");
    }

    const invalid = ConnectError.from(
      await client.getFlavor({}).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    t.equal(invalid.code, Code.InvalidArgument);
    t.equal(invalid.findDetails(ErrorInfoSchema)[0]?.reason, "INVALID_REQUEST");
    t.equal(invalid.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field, "name_or_id");

    const quota = ConnectError.from(
      await client.createServer({ name: "web", flavor: "m1", image: "cirros" }).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    t.match(quota.rawMessage, "Quota exceeded", "OpenStack's own words");
    t.equal(quota.findDetails(QuotaFailureSchema)[0]?.violations[0]?.subject, "demo/RegionOne");
  });
}

t.test("plain JSON", async (t) => {
  const answer = await plain(server.url, "/oaktree.v1.ComputeService/ListFlavors");
  t.equal(answer.status, 429);
  t.equal(answer.headers["retry-after"], "3");
  t.match(answer.json(), {
    code: "resource_exhausted",
    message: "the cloud asks to slow down: 429 ü",
    details: [{ type: "google.rpc.ErrorInfo", debug: { reason: "RATE_LIMITED" } }],
  });

  const garbled = await plain(server.url, "/oaktree.v1.ComputeService/ListFlavors", { body: "{not json" });
  t.equal(garbled.status, 400);
  t.match(garbled.json(), { code: "invalid_argument", details: [{ debug: { reason: "INVALID_REQUEST" } }] });

  const form = await plain(server.url, "/oaktree.v1.ComputeService/ListFlavors", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  t.equal(form.status, 415);
  t.match(form.json().message, "application/json", "says what to send");
});

t.test("errors stay small enough for the trailers of C-core clients", async (t) => {
  const client = createClient(ComputeService, transport(server.url, "gRPC"));
  const error = ConnectError.from(
    await client.listServers({}).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  t.equal(error.code, Code.FailedPrecondition);
  const size = [...error.metadata].reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  t.ok(size < 8192, `${size} bytes`);
});
