import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { BlockStorageService, VolumeStatus } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const ids = ["a", "b", "c"].map((digit) => `066acb70-61a8-429e-9bb2-f28de8c3d28${digit}`);
const [id = ""] = ids;
const server = "878aced6-e7df-428e-a382-20bbdfcaa235";
const { waitForVolumeStatus } = BlockStorageService.method;
const oaktree = () => api({ compute: { polls: { minIntervalMs: 1, maxIntervalMs: 1 } } });

/** A Cinder whose volumes go on to their next state each time that they are asked for. */
function cinder(states: readonly (JsonObject | "gone")[]): FakeRegion {
  const asked = new Map<string, number>();
  const next = (one: string) => {
    const count = asked.get(one) ?? 0;
    asked.set(one, count + 1);
    const state = states[Math.min(count, states.length - 1)] ?? "gone";
    return state === "gone" ? undefined : { id: one, name: "data", ...state };
  };
  return new FakeRegion(({ path }) => {
    if (path === "/volumes/detail") {
      return { volumes: ids.flatMap((one) => next(one) ?? []) };
    }
    if (path === `/servers/${server}`) {
      return { server: { id: server } };
    }
    const volume = next(path.slice("/volumes/".length));
    return volume === undefined ? notFound() : { volume };
  });
}

const wait = (region: FakeRegion, status = VolumeStatus.UNSPECIFIED, more: object = {}) =>
  oaktree().call(waitForVolumeStatus, { nameOrId: id, status, ...more }, callTo(region));

t.test("waits until the volume is available", async (t) => {
  const region = cinder([{ status: "creating" }, { status: "downloading" }, { status: "available" }]);
  t.match(await wait(region), { volume: { id, status: VolumeStatus.AVAILABLE } });
  t.equal(region.requests.length, 3);
});

t.test("ends at once in an error state, with the cloud's word", async (t) => {
  const broken = cinder([{ status: "creating" }, { status: "error" }]);
  await t.rejects(wait(broken), fault("RESOURCE_FAULT", { resourceId: id, service: "block-storage" }));
  const extending = cinder([{ status: "extending" }, { status: "error_extending" }]);
  await t.rejects(wait(extending), /error_extending/);
});

t.test("a volume that goes away ends the wait, as what was wanted or as a fault", async (t) => {
  const states = [{ status: "deleting" }, "gone"] as const;
  await t.rejects(wait(cinder(states)), fault("RESOURCE_DELETED", { resourceId: id }));
  t.match(await wait(cinder(states), VolumeStatus.DELETED), {
    volume: { id, status: VolumeStatus.DELETED, statusText: "deleted" },
  });
  t.match(await wait(cinder(["gone"]), VolumeStatus.DELETED), { volume: undefined });
  await t.rejects(wait(cinder(["gone"])), fault("NOT_FOUND"));
});

t.test("a broken volume can be waited for while it is deleted, but not one that cannot be", async (t) => {
  const gone = cinder([{ status: "error" }, { status: "deleting" }, "gone"]);
  t.match(await wait(gone, VolumeStatus.DELETED), { volume: { status: VolumeStatus.DELETED } });
  const stuck = cinder([{ status: "deleting" }, { status: "error_deleting" }]);
  await t.rejects(wait(stuck, VolumeStatus.DELETED), fault("RESOURCE_FAULT"));
});

t.test("of a volume that several servers have, one server's counts when it is named", async (t) => {
  const other = { server_id: "7", volume_id: id };
  const mine = { server_id: server, volume_id: id };
  const attaching = cinder([
    { status: "in-use", attachments: [other] },
    { status: "in-use", attachments: [other, mine] },
  ]);
  const attached = await wait(attaching, VolumeStatus.IN_USE, { server });
  t.equal(attached.volume?.attachments.length, 2);
  const detaching = cinder([
    { status: "detaching", attachments: [other, mine] },
    { status: "in-use", attachments: [other] },
  ]);
  t.match(await wait(detaching, VolumeStatus.AVAILABLE, { server }), {
    volume: { attachments: [{ serverId: "7" }] },
  });
});

t.test("several waits cost one list call a poll", async (t) => {
  const region = cinder([{ status: "creating" }, { status: "creating" }, { status: "available" }]);
  const shared = oaktree();
  const volumes = await Promise.all(
    ids.map((nameOrId) => shared.call(waitForVolumeStatus, { nameOrId }, callTo(region))),
  );
  t.strictSame(
    volumes.map(({ volume }) => volume?.id),
    ids,
  );
  t.equal(region.log.filter((line) => line.startsWith("GET /volumes/detail")).length, 2);
  t.equal(region.requests.length, 3 + 2);
});
