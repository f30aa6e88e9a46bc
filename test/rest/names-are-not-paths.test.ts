import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const names = [
  "../networks/x",
  "..",
  ".",
  "a/b",
  "a%2Fb",
  "detail",
  "x?y=1",
  "x#y",
  "\\..\\",
  "naïve ☃",
  "a\u0000b",
  " ",
  "%2e%2e",
];

/** A service in which every list is empty and every object is missing, but lists answer under object paths too. */
const empty = () =>
  new FakeRegion(({ method, path }) => {
    if (method === "GET" && (path === "/flavors/detail" || path === "/flavors")) {
      return { flavors: [] };
    }
    return method === "GET" && path === "/ports" ? { ports: [] } : notFound();
  });

for (const name of names) {
  t.test(`GetFlavor ${JSON.stringify(name)} asks for that flavor only and is NOT_FOUND`, async (t) => {
    const region = empty();
    await t.rejects(
      api().call(ComputeService.method.getFlavor, { nameOrId: name }, callTo(region)),
      fault("NOT_FOUND"),
    );
    for (const { path } of region.requests) {
      t.match(path, /^\/flavors(\/[^/?#\\]+)?$/);
      t.notMatch(decodeURIComponent(path.replace(/^\/flavors\/?/, "")), /^\.{1,2}$|\//);
    }
  });

  t.test(`DeletePort ${JSON.stringify(name)} deletes nothing`, async (t) => {
    const region = empty();
    await t.rejects(
      api().call(NetworkService.method.deletePort, { nameOrId: name }, callTo(region)),
      fault("NOT_FOUND"),
    );
    t.notOk(region.requests.some(({ method }) => method === "DELETE"));
  });

  t.test(`DeleteKeypair ${JSON.stringify(name)} deletes that keypair or nothing`, async (t) => {
    const region = empty();
    await t.rejects(
      api().call(ComputeService.method.deleteKeypair, { nameOrId: name }, callTo(region)),
      fault("NOT_FOUND"),
    );
    for (const { path } of region.requests) {
      t.equal(path, `/os-keypairs/${encodeURIComponent(name)}`);
    }
  });
}
