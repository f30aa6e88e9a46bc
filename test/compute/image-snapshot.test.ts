import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const server = "878aced6-e7df-428e-a382-20bbdfcaa235";
const imageId = "1bd71358-c85f-4880-a7ee-e64516b4bd1b";
const { createImageSnapshot, waitForImageSnapshot } = ComputeService.method;
const compute = { polls: { minIntervalMs: 1, maxIntervalMs: 1 } };

/** A cloud whose server has these tasks, one a look, and whose image has the last state once they are over. */
function cloud(tasks: readonly (string | null)[], end: string | undefined): FakeRegion {
  let looks = 0;
  const now = () => tasks[Math.min(looks, tasks.length - 1)] ?? null;
  const seen = () => {
    const json = { id: server, status: "ACTIVE", "OS-EXT-STS:task_state": now() };
    looks++;
    return json;
  };
  return new FakeRegion(({ path }) => {
    if (path === `/images/${imageId}`) {
      const status = looks < tasks.length ? "queued" : end;
      return status === undefined ? notFound() : { id: imageId, name: "snap", status };
    }
    return path === "/servers/detail" ? { servers: [seen()] } : { server: seen() };
  });
}

const wait = (region: FakeRegion) =>
  api({ compute }).call(waitForImageSnapshot, { nameOrId: server, imageId }, callTo(region));
const tasks = ["image_snapshot_pending", "image_uploading", null];

t.test("waits while Nova works at it", async (t) => {
  t.match(await wait(cloud(tasks, "active")), { image: { id: imageId, statusText: "active" } });
});

t.test("an image that stays queued, or is gone, when Nova has stopped is a fault", async (t) => {
  await t.rejects(wait(cloud(tasks, "queued")), fault("RESOURCE_FAULT", { resourceId: imageId }));
  await t.rejects(wait(cloud(tasks, undefined)), fault("RESOURCE_FAULT", { service: "image" }));
  await t.rejects(wait(cloud([null], "queued")), fault("RESOURCE_FAULT"));
});

t.test("the image's id is in the body, or on old clouds in Location", async (t) => {
  const create = (region: FakeRegion) =>
    api().call(createImageSnapshot, { nameOrId: server, name: "snap" }, callTo(region));
  t.match(await create(new FakeRegion(() => ({ image_id: imageId }))), { imageId });
  const location = `http://images.inside.example:9292/images/${imageId}`;
  t.match(await create(new FakeRegion(() => ({ headers: { location }, body: undefined }))), { imageId });
  await t.rejects(
    create(new FakeRegion(() => ({ headers: {}, body: undefined }))),
    fault("UPSTREAM_GARBAGE"),
  );
});
