import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const id = "066acb70-61a8-429e-9bb2-f28de8c3d281";
const image = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";
const network = "a9ac4c02-62a9-4548-b6bb-29abd9c7c3e6";
const { createServer } = ComputeService.method;
const request = { name: "web", image, flavor: "m1.nano" };

function cloud(server: () => JsonObject | Fault = () => ({ id, name: "web", status: "BUILD" })) {
  return new FakeRegion(({ method, path }) => {
    switch (`${method} ${path}`) {
      case `GET /images/${image}`:
        return { id: image };
      case "GET /flavors/detail":
        return { flavors: [{ id: "42", name: "m1.nano" }] };
      case "GET /networks":
        return { networks: [{ id: network, name: "private" }] };
      case `GET /networks/${network}`:
        return { network: { id: network, name: "private" } };
      case "POST /servers":
        return { server: { id, adminPass: "PASS" } };
      case `GET /servers/${id}`: {
        const answer = server();
        return answer instanceof Fault ? answer : { server: answer };
      }
      default:
        return notFound();
    }
  });
}

function bodyOf(region: FakeRegion): JsonObject {
  const body = region.requests.find(({ method }) => method === "POST")?.body;
  return isObject(body) && isObject(body.server) ? body.server : {};
}

t.test("names become ids, and the answer is the server as Nova has it then", async (t) => {
  const region = cloud();
  const { server } = await api().call(createServer, { ...request, networks: ["private"] }, callTo(region));
  t.strictSame(bodyOf(region), {
    name: "web",
    imageRef: image,
    flavorRef: "42",
    networks: [{ uuid: network }],
  });
  t.match(server, { id, statusText: "BUILD", adminPassword: "PASS" });
});

t.test("where no network is named, the configured default interface is the server's card", async (t) => {
  const region = cloud();
  region.settings = { networks: [{ name: "other" }, { name: "private", default_interface: true }] };
  await api().call(createServer, request, callTo(region));
  t.strictSame(bodyOf(region).networks, [{ uuid: network }]);
  region.requests.length = 0;
  const nics = [{ target: { case: "portId", value: "p" } }] as const;
  await api().call(createServer, { ...request, nics: [...nics] }, callTo(region));
  t.strictSame(bodyOf(region).networks, [{ port: "p" }], "and only there");
});

t.test("all that was asked for is in the body, in Nova's words", async (t) => {
  const region = cloud();
  await api().call(
    createServer,
    {
      ...request,
      nics: [
        { target: { case: "network", value: network }, fixedIp: "10.10.0.9", tag: "mgmt" },
        { target: { case: "portId", value: "p1" } },
      ],
      keyName: "key",
      securityGroups: ["default", "web"],
      userData: Buffer.from("#cloud-config\n"),
      metadata: { role: "web" },
      configDrive: false,
      availabilityZone: "nova",
      description: "d",
      tags: ["a"],
    },
    callTo(region),
  );
  t.match(bodyOf(region), {
    networks: [{ uuid: network, fixed_ip: "10.10.0.9", tag: "mgmt" }, { port: "p1" }],
    key_name: "key",
    security_groups: [{ name: "default" }, { name: "web" }],
    user_data: "I2Nsb3VkLWNvbmZpZwo=",
    metadata: { role: "web" },
    config_drive: false,
    availability_zone: "nova",
    description: "d",
    tags: ["a"],
  });
  t.equal(region.requests.find(({ method }) => method === "POST")?.minMicroversion, "2.52");
});

t.test("without networks the cloud chooses, in the way that its Nova knows", async (t) => {
  const modern = cloud();
  await api().call(createServer, request, callTo(modern));
  t.equal(bodyOf(modern).networks, "auto");
  const old = cloud();
  old.newest = "2.36";
  await api().call(createServer, request, callTo(old));
  t.equal(bodyOf(old).networks, undefined);
});

t.test("an error after the POST carries the id of the server that now exists", async (t) => {
  const region = cloud(() => new Fault("UPSTREAM_UNAVAILABLE", "gone"));
  await t.rejects(
    api().call(createServer, request, callTo(region)),
    fault("UPSTREAM_UNAVAILABLE", { resourceId: id }),
  );
});

t.test("networks and nics together, or an unknown flavor, start nothing", async (t) => {
  const region = cloud();
  const both = {
    ...request,
    networks: ["private"],
    nics: [{ target: { case: "portId" as const, value: "p" } }],
  };
  await t.rejects(api().call(createServer, both, callTo(region)), fault("INVALID_REQUEST"));
  await t.rejects(
    api().call(createServer, { ...request, flavor: "huge" }, callTo(region)),
    fault("NOT_FOUND"),
  );
  t.notOk(region.requests.some(({ method }) => method === "POST"));
});
