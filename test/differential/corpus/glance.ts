import { Story } from "../story.ts";

const s = new Story("image");
const missing = "00000000-0000-4000-8000-000000000000";
const patch = { headers: { "content-type": "application/openstack-images-v2.1-json-patch" } };
const bytes = { headers: { "content-type": "application/octet-stream" } };

s.get("/", { user: "nobody" });
s.get("/v2/images", { user: "nobody" });
s.gets(
  "/v2/images?name=lab-small",
  "/v2/images?limit=1&name=lab-small",
  "/v2/images?limit=-1",
  "/v2/images?limit=x",
  `/v2/images?marker=${missing}`,
  "/v2/images?sort=name:asc&name=lab-small",
  "/v2/images?sort=no_such_field:asc",
  "/v2/images?visibility=nonsense",
  "/v2/images?status=nonsense",
  "/v2/images/{image}",
  `/v2/images/${missing}`,
  "/v2/images/nonsense",
  "/v2/no-such-things",
  "/v2/schemas/image",
  "/v2/info/import",
  "/v2/info/stores",
);
s.post("/v2/images", {});
s.post("/v2/images", "not json", { headers: { "content-type": "application/json" } });
s.post("/v2/images", { name: 1 });
s.post("/v2/images", { name: "{u}", visibility: "nonsense" });
s.post("/v2/images", { name: "{u}", disk_format: "nonsense" });
s.post("/v2/images", { name: "{u}", id: "nonsense" });
s.post("/v2/images", { name: "{u}", checksum: "x" });
s.post("/v2/images", { name: "{u}", visibility: "public" });
s.post("/v2/images", { name: "{u}" }, { user: "reader" });
s.post(
  "/v2/images",
  { name: "{u}", disk_format: "raw", container_format: "bare", tags: ["t"], os_type: "linux", min_disk: 1 },
  { keeps: { made: "id" } },
);
s.gets("/v2/images/{made}", "/v2/images/{made}/file", "/v2/images?name={u}");
s.get("/v2/images/{made}", { user: "alt" });
s.send("PUT", "/v2/images/{made}/file", "hello", { headers: { "content-type": "text/plain" } });
s.send("PUT", "/v2/images/{made}/file", "hello", { ...bytes, user: "alt" });
s.send("PUT", "/v2/images/{made}/file", "hello", bytes);
s.send("PUT", "/v2/images/{made}/file", "hello", bytes);
s.send("PUT", `/v2/images/${missing}/file`, "hello", bytes);
s.gets("/v2/images/{made}", "/v2/images/{made}/file");
s.get("/v2/images/{made}/file", { headers: { range: "bytes=1-2" } });
s.get("/v2/images/{made}/file", { headers: { range: "bytes=9-" } });
s.get("/v2/images/{made}/file", { headers: { range: "nonsense" } });
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/name", value: "{u}-2" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "add", path: "/own", value: "x" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "remove", path: "/own" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "remove", path: "/own" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/status", value: "x" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/id", value: "x" }], patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "nonsense", path: "/name", value: "x" }], patch);
s.send("PATCH", "/v2/images/{made}", {}, patch);
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/name", value: "x" }]);
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/name", value: "x" }], {
  ...patch,
  user: "alt",
});
s.send("PATCH", `/v2/images/${missing}`, [{ op: "replace", path: "/name", value: "x" }], patch);
s.put("/v2/images/{made}/tags/new");
s.put("/v2/images/{made}/tags/new");
s.delete("/v2/images/{made}/tags/new");
s.delete("/v2/images/{made}/tags/new");
s.post("/v2/images/{made}/actions/deactivate", undefined, { user: "admin" });
s.get("/v2/images/{made}/file");
s.post("/v2/images/{made}/actions/reactivate", undefined, { user: "admin" });
s.gets("/v2/images/{made}/members", "/v2/images/{made}/members/none");
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/protected", value: true }], patch);
s.delete("/v2/images/{made}");
s.send("PATCH", "/v2/images/{made}", [{ op: "replace", path: "/protected", value: false }], patch);
s.delete("/v2/images/{made}", { user: "alt" });
s.delete("/v2/images/{made}");
s.delete("/v2/images/{made}");
s.get("/v2/images/{made}/file");

/** Requests to Glance. */
export const glance = s;
