import { EventEmitter, once } from "node:events";
import { create } from "@bufbuild/protobuf";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import {
  ComputeService,
  WaitForServerRequestSchema,
  type WaitForServerResponse,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import type { ServerStreamHandler } from "../../src/rest/handler.ts";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const id = "066acb70-61a8-429e-9bb2-f28de8c3d281";
const image = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";
const external = "9edf483f-dc05-45c1-82d5-06661ee48440";
const oaktree = () => api({ compute: { polls: { minIntervalMs: 1, maxIntervalMs: 1 } } });

/** A cloud with one server, one port and an external network. */
class Cloud extends FakeRegion {
  server: JsonObject = { id, name: "web", status: "BUILD", metadata: {}, addresses: {} };
  floating: JsonObject[] = [];
  events = new EventEmitter();
  readOnly = false;

  constructor() {
    super((request) => this.answer(request));
  }

  answer({ method, path, body, query }: RestRequest) {
    if (this.readOnly && method !== "GET") {
      return new Fault("FORBIDDEN", "policy");
    }
    switch (`${method} ${path}`) {
      case `GET /images/${image}`:
        return { id: image };
      case "GET /flavors/1":
        return { flavor: { id: "1" } };
      case "POST /servers":
        this.server = {
          ...this.server,
          ...(isObject(body) && isObject(body.server) ? body.server : {}),
          status: "BUILD",
        };
        return { server: { id } };
      case "GET /servers/detail":
        return { servers: [this.server] };
      case `GET /servers/${id}`:
        return this.server.status === "DELETED" ? notFound() : { server: this.server };
      case `DELETE /servers/${id}/metadata/oaktree%3Aauto_ip`:
        this.server = { ...this.server, metadata: {} };
        setImmediate(() => this.events.emit("done"));
        return undefined;
      case "GET /ports":
        return {
          ports: [{ id: "port", device_id: id, network_id: "net", fixed_ips: [{ ip_address: "10.10.0.5" }] }],
        };
      case "GET /networks":
        return { networks: [{ id: external, name: "public", "router:external": true }] };
      case "GET /subnets":
        return { subnets: [] };
      case "GET /floatingips":
        return {
          floatingips: this.floating.filter(({ port_id }) => (query?.port_id ?? port_id) === port_id),
        };
      case "POST /floatingips": {
        if (this.floating.length > 0) {
          return new Fault("CONFLICT", "port has one");
        }
        const address = {
          id: "fip",
          floating_ip_address: "172.24.0.9",
          port_id: "port",
          floating_network_id: external,
        };
        this.floating.push(address);
        return { floatingip: address };
      }
      default:
        return notFound();
    }
  }
}

async function wait(cloud: Cloud, at = oaktree()): Promise<WaitForServerResponse[]> {
  const handler = at.handlers.get("oaktree.v1.ComputeService.WaitForServer") as ServerStreamHandler;
  const seen: WaitForServerResponse[] = [];
  for await (const response of handler(create(WaitForServerRequestSchema, { nameOrId: id }), callTo(cloud))) {
    seen.push(response as WaitForServerResponse);
  }
  return seen;
}

const start = (cloud: Cloud, more: object = { autoIp: true }) =>
  oaktree().call(
    ComputeService.method.createServer,
    { name: "web", image, flavor: "1", ...more },
    callTo(cloud),
  );

t.test("the step is done without anybody waiting, and its note goes", async (t) => {
  const cloud = new Cloud();
  const { server } = await start(cloud);
  t.match(server, { pendingSteps: ["auto_ip"], metadata: {} });
  const done = once(cloud.events, "done");
  cloud.server = { ...cloud.server, status: "ACTIVE" };
  await done;
  t.match(cloud.floating, [{ port_id: "port", floating_network_id: external }]);
});

t.test("another Oaktree's waiter finishes what was left behind", async (t) => {
  const cloud = new Cloud();
  cloud.server = {
    ...cloud.server,
    status: "ACTIVE",
    metadata: { "oaktree:auto_ip": '{"r":false}', mine: "1" },
  };
  const seen = await wait(cloud);
  t.match(seen[0], { done: false, server: { pendingSteps: ["auto_ip"], metadata: { mine: "1" } } });
  t.match(seen.at(-1), { done: true, server: { pendingSteps: [] } });
  t.equal(cloud.floating.length, 1);
});

t.test("many waiters give one address", async (t) => {
  const cloud = new Cloud();
  cloud.server = { ...cloud.server, status: "ACTIVE", metadata: { "oaktree:auto_ip": '{"r":false}' } };
  const all = await Promise.all(Array.from({ length: 10 }, () => wait(cloud)));
  t.ok(all.every((seen) => seen.at(-1)?.done === true));
  t.equal(cloud.floating.length, 1);
});

t.test("who may only read watches until another one has done it", async (t) => {
  const cloud = new Cloud();
  cloud.server = { ...cloud.server, status: "ACTIVE", metadata: { "oaktree:auto_ip": '{"r":false}' } };
  cloud.readOnly = true;
  const waiting = wait(cloud);
  const { send } = cloud;
  let lists = 0;
  cloud.send = (request, scope) => {
    if (request.path === "/servers/detail" && ++lists === 3) {
      cloud.server = { ...cloud.server, metadata: {} };
    }
    return send.call(cloud, request, scope);
  };
  t.match((await waiting).at(-1), { done: true });
  t.equal(cloud.floating.length, 0);
});

t.test("no step is done for a server that is being deleted", async (t) => {
  const cloud = new Cloud();
  const metadata = { "oaktree:auto_ip": '{"r":false}' };
  cloud.server = { ...cloud.server, status: "ACTIVE", metadata, "OS-EXT-STS:task_state": "deleting" };
  const { send } = cloud;
  let lists = 0;
  cloud.send = (request, scope) => {
    if (request.path === "/servers/detail" && ++lists === 3) {
      cloud.server = { ...cloud.server, status: "DELETED" };
    }
    return send.call(cloud, request, scope);
  };
  await t.rejects(wait(cloud), fault("SERVER_DELETED"));
  t.equal(cloud.floating.length, 0);
});

t.test("a forged note does no more than a floating IP for that server", async (t) => {
  for (const note of ["nonsense", '{"p":5,"n":{},"r":"x"}', "[]"]) {
    const cloud = new Cloud();
    cloud.server = { ...cloud.server, status: "ACTIVE", metadata: { "oaktree:auto_ip": note } };
    t.match((await wait(cloud)).at(-1), { done: true });
    t.ok(cloud.floating.every(({ port_id }) => port_id === "port"));
  }
});

t.test("a step that fails says so with the server's id, and stays noted", async (t) => {
  const cloud = new Cloud();
  cloud.server = { ...cloud.server, status: "ACTIVE", metadata: { "oaktree:auto_ip": '{"r":false}' } };
  const { send } = cloud;
  cloud.send = (request, scope) =>
    request.method === "POST"
      ? Promise.reject(new Fault("QUOTA_EXCEEDED", "floatingip"))
      : send.call(cloud, request, scope);
  await t.rejects(wait(cloud), fault("QUOTA_EXCEEDED", { resourceId: id }));
  t.ok(isObject(cloud.server.metadata) && "oaktree:auto_ip" in cloud.server.metadata);
});

t.test("a note of given addresses gives none of another project's", async (t) => {
  const cloud = new Cloud();
  const metadata = { "oaktree:ips": '{"i":["theirs"]}' };
  cloud.server = { ...cloud.server, tenant_id: "ours", status: "ACTIVE", metadata };
  const { send } = cloud;
  const theirs = { id: "theirs", project_id: "other", port_id: null };
  cloud.send = (request, scope) =>
    request.path === "/floatingips/theirs"
      ? Promise.resolve({ status: 200, headers: new Headers(), body: { floatingip: theirs } } as never)
      : send.call(cloud, request, scope);
  await t.rejects(wait(cloud), fault("NOT_FOUND", { resourceId: id }));
  t.notOk(cloud.requests.some(({ method }) => method === "PUT"));
});
