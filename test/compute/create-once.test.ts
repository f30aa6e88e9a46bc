import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const { createServer } = ComputeService.method;
const image = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";
const request = { name: "web", image, flavor: "1", requestId: "call-1", metadata: { a: "1" } };
const oaktree = () => api({ compute: { settleMs: 5 } });

/** A Nova that keeps servers. */
class Nova extends FakeRegion {
  servers: JsonObject[] = [];
  made = 0;
  afterPost: () => Fault | undefined = () => undefined;

  constructor() {
    super((request) => this.answer(request));
  }

  answer({ method, path, query, body }: RestRequest) {
    const id = path.slice("/servers/".length);
    switch (`${method} ${path}`) {
      case `GET /images/${image}`:
        return { id: image };
      case "GET /flavors/1":
        return { flavor: { id: "1" } };
      case "GET /servers/detail":
        return {
          servers: this.servers.filter(
            ({ tags }) => !query?.tags || (tags as unknown[]).includes(query.tags),
          ),
        };
      case "POST /servers": {
        const wanted = isObject(body) && isObject(body.server) ? body.server : {};
        // Ids that grow smaller, so that only the time tells which was first.
        const server = {
          tags: [],
          ...wanted,
          id: `id-${9 - ++this.made}`,
          status: "BUILD",
          created: this.now(),
        };
        this.servers.push(server);
        return this.afterPost() ?? { server: { id: server.id } };
      }
      default: {
        const server = this.servers.find((one) => one.id === id);
        if (method === "DELETE") {
          this.servers = this.servers.filter((one) => one !== server);
          return undefined;
        }
        return server === undefined ? notFound() : { server };
      }
    }
  }

  now(): string {
    return new Date(Date.now() + this.made).toISOString();
  }
}

const create = (nova: Nova, change: object = {}, at = oaktree()) =>
  at.call(createServer, { ...request, ...change }, callTo(nova));

t.test("repeats answer the first server, from this Oaktree or another one", async (t) => {
  const nova = new Nova();
  const one = oaktree();
  const ids = [await create(nova, {}, one), await create(nova, {}, one), await create(nova)].map(
    ({ server }) => server?.id,
  );
  t.equal(new Set(ids).size, 1);
  t.equal(nova.made, 1);
});

t.test("calls at the same time on two Oaktrees leave one server, the same for both", async (t) => {
  const nova = new Nova();
  const answers = await Promise.all([create(nova), create(nova), create(nova)]);
  t.equal(new Set(answers.map(({ server }) => server?.id)).size, 1);
  t.equal(nova.made, 3, "each of them made one");
  t.strictSame(
    nova.servers.map(({ id }) => id),
    [answers[0].server?.id],
    "and only that of the first stays",
  );
});

t.test("an answer that was lost after the POST is found again", async (t) => {
  const nova = new Nova();
  nova.afterPost = () => new Fault("OUTCOME_UNKNOWN", "cut");
  t.equal((await create(nova)).server?.id, nova.servers[0]?.id);
  nova.afterPost = () => {
    nova.servers = nova.servers.slice(0, 1);
    return new Fault("OUTCOME_UNKNOWN", "cut");
  };
  await t.rejects(
    create(nova, { requestId: "call-2" }),
    fault("OUTCOME_UNKNOWN"),
    "and is an error if nothing was made",
  );
});

t.test("the same id for another request is refused; another id is another call", async (t) => {
  const nova = new Nova();
  const { server } = await create(nova);
  await t.rejects(create(nova, { name: "other" }), fault("ALREADY_EXISTS", { resourceId: server?.id ?? "" }));
  t.not((await create(nova, { requestId: "call-2" })).server?.id, server?.id);
  t.equal(nova.servers.length, 2);
});

t.test("clouds without tags at create carry the marks in metadata", async (t) => {
  const nova = new Nova();
  nova.newest = "2.51";
  const { server } = await create(nova);
  t.strictSame(server?.metadata, { a: "1" }, "where no user sees them");
  t.equal((await create(nova)).server?.id, server?.id);
  t.equal(nova.made, 1);
});

t.test("without a request_id every call makes a server", async (t) => {
  const nova = new Nova();
  await create(nova, { requestId: "" });
  await create(nova, { requestId: "" });
  t.equal(nova.servers.length, 2);
  t.ok(nova.servers.every(({ tags }) => (tags as unknown[]).length === 0));
});
