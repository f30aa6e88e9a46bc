import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const id = "066acb70-61a8-429e-9bb2-f28de8c3d281";
const { updateServer, createKeypair, getServerConsole, getComputeLimits, listServers } =
  ComputeService.method;

const nova = (server: object) =>
  new FakeRegion(({ method, body }) => ({
    server: method === "PUT" ? { ...server, ...(body as { server: object }).server } : (server as never),
  }));

t.test("a change sends what differs, and only that", async (t) => {
  const region = nova({ id, name: "old", accessIPv4: "1.2.3.4", status: "ACTIVE" });
  const request = { nameOrId: id, name: "new", accessIpv4: "1.2.3.4", accessIpv6: "" };
  const { server } = await api().call(updateServer, request, callTo(region));
  t.strictSame(region.requests[1]?.body, { server: { name: "new", accessIPv6: "" } });
  t.match(server, { name: "new", statusText: "ACTIVE" });
});

t.test("nothing to change is no call", async (t) => {
  const region = nova({ id, name: "same" });
  await api().call(updateServer, { nameOrId: id, name: "same" }, callTo(region));
  t.strictSame(region.log, [`GET /servers/${id}`]);
});

t.test("an empty text is a value: it clears", async (t) => {
  const region = nova({ id, name: "n", description: "d" });
  await api().call(updateServer, { nameOrId: id, description: "" }, callTo(region));
  t.match(region.requests[1], { body: { server: { description: "" } }, minMicroversion: "2.19" });
});

t.test("images change by JSON patch, user properties beside fields", async (t) => {
  const image = { id, name: "i", min_disk: 1, hw_disk_bus: "scsi", old: "x", "with/slash~tilde": "y" };
  const region = new FakeRegion(() => image);
  const request = {
    nameOrId: id,
    minDiskGib: 5n,
    isProtected: true,
    properties: { hw_disk_bus: "virtio", os_type: "linux" },
    removeProperties: ["with/slash~tilde", "never-there"],
  };
  await api().call(ImageService.method.updateImage, request, callTo(region));
  t.match(region.requests[1], {
    method: "PATCH",
    contentType: "application/openstack-images-v2.1-json-patch",
  });
  t.strictSame(region.requests[1]?.body, [
    { op: "replace", path: "/min_disk", value: 5 },
    { op: "add", path: "/protected", value: true },
    { op: "replace", path: "/hw_disk_bus", value: "virtio" },
    { op: "add", path: "/os_type", value: "linux" },
    { op: "remove", path: "/with~1slash~0tilde" },
  ]);
});

t.test("what was removed is gone from the answer, what the answer leaves out is not", async (t) => {
  const region = new FakeRegion(({ method }) =>
    method === "GET"
      ? { id, name: "i", status: "active", os_type: "linux" }
      : { id, name: "i", os_distro: "debian" },
  );
  const request = { nameOrId: id, removeProperties: ["os_type"], properties: { os_distro: "debian" } };
  const { image } = await api().call(ImageService.method.updateImage, request, callTo(region));
  t.equal(image?.statusText, "active");
  t.strictSame(image?.properties, { os_distro: "debian" });
});

t.test("a property cannot stand in for a field", async (t) => {
  const region = new FakeRegion(() => ({ id }));
  for (const key of ["name", "id", "owner", "__proto__"]) {
    const properties = JSON.parse(`{${JSON.stringify(key)}: "x"}`) as Record<string, string>;
    await t.rejects(
      api().call(ImageService.method.updateImage, { nameOrId: id, properties }, callTo(region)),
      fault("INVALID_REQUEST"),
    );
  }
  t.notOk(region.requests.some(({ method }) => method === "PATCH"));
});

t.test("a private key stands in one place of the answer only", async (t) => {
  const region = new FakeRegion(() => ({
    keypair: { name: "k", private_key: "SECRET", fingerprint: "f", new: 1 },
  }));
  const answer = await api().call(createKeypair, { name: "k", type: "ssh" }, callTo(region));
  t.equal(answer.privateKey, "SECRET");
  t.match(answer.keypair, { id: "k", name: "k", fingerprint: "f", properties: { new: 1 } });
  t.notMatch(JSON.stringify(answer.keypair), /SECRET/);
  t.match(region.requests[0], { body: { keypair: { name: "k", type: "ssh" } }, minMicroversion: "2.2" });
});

t.test("an action puts its arguments under its key and reads its answer", async (t) => {
  const region = new FakeRegion(() => ({ output: "boot\n" }));
  const { output } = await api().call(getServerConsole, { nameOrId: id, length: 5 }, callTo(region));
  t.equal(output, "boot\n");
  t.match(region.requests[0], {
    path: `/servers/${id}/action`,
    body: { "os-getConsoleOutput": { length: 5 } },
  });
});

t.test("a singleton has no id, and may lie deeper in the answer", async (t) => {
  const region = new FakeRegion(() => ({
    limits: { rate: [], absolute: { maxTotalCores: 20, totalCoresUsed: 3, maxNew: 1 } },
  }));
  const { computeLimits } = await api().call(getComputeLimits, { projectId: "p" }, callTo(region));
  t.match(computeLimits, { maxTotalCores: 20n, totalCoresUsed: 3n, properties: { maxNew: 1 } });
  t.strictSame(region.log, ["GET /limits?tenant_id=p"]);
});

t.test("a flag becomes a query parameter when it is set", async (t) => {
  const region = new FakeRegion(() => ({ servers: [] }));
  await api().call(listServers, { allProjects: true }, callTo(region));
  await api().call(listServers, {}, callTo(region));
  t.strictSame(region.log, [
    "GET /servers/detail?all_tenants=true&limit=250",
    "GET /servers/detail?limit=250",
  ]);
});
