import type { Test } from "tap";
import { type Rest, truth } from "./rest.ts";

/** An image without bytes that ends with the test, and a way to ask for it. */
async function queued(t: Test, rest: Rest, given: object) {
  const made = await rest.ask("image", "POST", "/v2/images", {
    body: { name: rest.unique("import"), ...given },
  });
  const path = `/v2/images/${made.json.id}`;
  t.teardown(() => rest.ask("image", "DELETE", path));
  const octets = { "content-type": "application/octet-stream" };
  return {
    get: async () => (await rest.ask("image", "GET", path)).json,
    tasks: async () => (await rest.ask("image", "GET", `${path}/tasks`)).json.tasks,
    stage: (headers = octets) => rest.ask("image", "PUT", `${path}/stage`, { body: "hello", headers }),
    start: (body: object = { method: { name: "glance-direct" } }) =>
      rest.ask("image", "POST", `${path}/import`, { body }),
  };
}

truth("staged bytes become an image by an import", async (t, rest) => {
  const image = await queued(t, rest, { disk_format: "raw", container_format: "bare" });
  t.equal((await image.stage()).status, 204);
  t.match(await image.get(), { status: "uploading", size: 5, checksum: null });
  t.equal((await image.start()).status, 202);
  let shown = await image.get();
  while (shown.status === "importing" || shown.status === "uploading") {
    shown = await image.get();
  }
  t.match(shown, {
    status: "active",
    size: 5,
    virtual_size: 5,
    checksum: "5d41402abc4b2a76b9719d911017c592",
    os_glance_failed_import: "",
  });
  t.match(await image.tasks(), [
    { type: "api_image_import", input: { import_req: { method: { name: "glance-direct" } } } },
  ]);
  t.match((await image.start()).text, /Image with status active cannot be target for import/);
});

truth("what is no import is told why", async (t, rest) => {
  const image = await queued(t, rest, {});
  const refused = async (answer: Promise<{ status: number; text: string }>) => {
    const { status, text } = await answer;
    return [status, text.split("\n")[2]?.trim()];
  };
  t.strictSame(await refused(image.start()), [
    409,
    "Image needs to be staged before 'glance-direct' method can be used",
  ]);
  t.strictSame(await refused(image.start({})), [400, "Import request requires a 'method' field."]);
  t.strictSame(await refused(image.start({ method: { name: "foo" } })), [
    400,
    "Unknown import method name 'foo'.",
  ]);
  t.strictSame(await refused(image.stage({ "content-type": "text/plain" })), [
    415,
    "The request media type text/plain is not supported by this server.",
  ]);
  t.equal((await image.stage()).status, 204);
  t.strictSame(await refused(image.stage()), [
    409,
    "Image status transition from uploading to uploading is not allowed",
  ]);
  t.strictSame(await refused(image.start()), [409, "'container_format' needs to be set before import"]);
  t.equal((await rest.ask("image", "GET", "/v2/tasks")).status, 403);
  t.equal((await rest.ask("image", "GET", "/v2/tasks", { user: "admin" })).status, 200);
});
