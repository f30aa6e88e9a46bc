import t from "tap";
import { prepareServer } from "../../src/compute/hooks.ts";
import type { Flavor, Server } from "../../src/gen/oaktree/v1/compute_pb.js";
import { FlavorSchema, ServerSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { compileDecoder } from "../../src/rest/decode.ts";

const decodeFlavor = (raw: object) => compileDecoder(FlavorSchema)(raw as never) as Flavor;
const decodeServer = (raw: object) => compileDecoder(ServerSchema)(prepareServer(raw as never)) as Server;

t.test("fields are read from their upstream names and in loose types", async (t) => {
  const flavor = decodeFlavor({
    id: 42,
    name: "m1.small",
    ram: "2048",
    vcpus: 1,
    disk: 20,
    swap: "",
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "OS-FLV-DISABLED:disabled": false,
    "os-flavor-access:is_public": "True",
    rxtx_factor: 1.5,
    extra_specs: { "hw:cpu_policy": "shared", number: 3 },
  });
  t.match(flavor, { id: "42", ramMib: 2048n, diskGib: 20n, swapMib: 0n, isPublic: true, rxtxFactor: 1.5 });
  t.strictSame(flavor.extraSpecs, { "hw:cpu_policy": "shared", number: "3" });
  t.equal(flavor.properties, undefined);
});

t.test("what no field holds goes into properties, links excepted", async (t) => {
  const flavor = decodeFlavor({
    id: "1",
    links: [{ rel: "self" }],
    "new:thing": { a: [1, null] },
    nothing: null,
  });
  t.strictSame(flavor.properties, { "new:thing": { a: [1, null] }, nothing: null });
});

t.test("a value of the wrong type is not lost and breaks nothing", async (t) => {
  const flavor = decodeFlavor({ id: "1", vcpus: "many", ram: [2048], extra_specs: "none", name: { a: 1 } });
  t.match(flavor, { vcpus: 0, ramMib: 0n, name: "" });
  t.strictSame(flavor.properties, { vcpus: "many", ram: [2048], extra_specs: "none", name: { a: 1 } });
});

t.test("null and missing are both unset", async (t) => {
  const server = decodeServer({ id: "s", "OS-EXT-STS:task_state": null, fault: null });
  t.match(server, { taskState: "", status: 0, progressPercent: undefined });
  t.equal(server.fault, undefined);
  t.equal(server.launchTime, undefined);
});

t.test("what a nested message has no field for stays in properties, whole", async (t) => {
  const server = decodeServer({
    id: "s",
    flavor: { original_name: "m1", vcpus: 2, ram: 1024, "from:tomorrow": 1 },
    image: { id: "i", links: [] },
  });
  t.match(server, { flavor: { name: "m1", vcpus: 2, ramMib: 1024n }, imageId: "i" });
  t.strictSame(server.properties, {
    flavor: { original_name: "m1", vcpus: 2, ram: 1024, "from:tomorrow": 1 },
  });
});

t.test("an unknown word of an enum leaves the word itself readable", async (t) => {
  const server = decodeServer({ id: "s", status: "TELEPORTING", "OS-EXT-STS:power_state": 1 });
  t.match(server, { status: 0, statusText: "TELEPORTING", powerState: 1 });
});

t.test("a key called __proto__ is data", async (t) => {
  const flavor = decodeFlavor(
    JSON.parse('{"id":"1","__proto__":{"polluted":true},"extra_specs":{"__proto__":"x"}}'),
  );
  t.ok(Object.hasOwn(flavor.properties ?? {}, "__proto__"));
  t.ok(Object.hasOwn(flavor.extraSpecs, "__proto__"));
  t.equal(({} as { polluted?: boolean }).polluted, undefined);
});

t.test("times have fractions and zones, or are UTC", async (t) => {
  const at = (launched: string) => decodeServer({ id: "s", "OS-SRV-USG:launched_at": launched }).launchTime;
  t.match(at("2026-11-24T01:45:24Z"), { seconds: 1795484724n, nanos: 0 });
  t.match(at("2026-11-24T01:45:24.250000"), { seconds: 1795484724n, nanos: 250_000_000 });
  t.match(at("2026-11-24T02:45:24+01:00"), { seconds: 1795484724n });
  for (const wrong of ["yesterday", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z"]) {
    t.equal(at(wrong), undefined, wrong);
  }
});
