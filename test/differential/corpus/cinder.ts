import { Story } from "../story.ts";

const s = new Story("volumev3", { "openstack-api-version": "volume 3.59" });
const missing = "00000000-0000-4000-8000-000000000000";

s.get("/volumes", { user: "nobody" });
s.gets(
  "/volumes?name={u}",
  "/volumes/detail?name={u}",
  "/volumes/detail?limit=x",
  "/volumes/detail?limit=-1",
  `/volumes/detail?marker=${missing}`,
  `/volumes/${missing}`,
  "/volumes/nonsense",
  "/types",
  "/types/none",
  "/limits",
  "/os-availability-zone",
  "/snapshots/detail?name={u}",
  `/snapshots/${missing}`,
  "/no-such-things",
);
s.get("/types", { headers: { "openstack-api-version": "volume 3.999" } });
s.get("/types", { headers: { "openstack-api-version": "volume nonsense" } });
s.post("/volumes", {});
s.post("/volumes", { volume: {} });
s.post("/volumes", { volume: { size: 0 } });
s.post("/volumes", { volume: { size: "x" } });
s.post("/volumes", { volume: { size: 1, volume_type: "none" } });
s.post("/volumes", { volume: { size: 1, snapshot_id: missing } });
s.post("/volumes", { volume: { size: 1, source_volid: missing } });
s.post("/volumes", { volume: { size: 1, imageRef: missing } });
s.post("/volumes", { volume: { size: 1, metadata: { a: 1 } } });
s.post("/volumes", { volume: { size: 100_000 } });
s.post("/volumes", { volume: { size: 1, name: "{u}" } }, { user: "reader" });
s.post(
  "/volumes",
  { volume: { size: 1, name: "{u}", description: "d", metadata: { a: "1" } } },
  { keeps: { volume: "volume.id" } },
);
s.get("/volumes/{volume}", { until: ["volume.status", "available", "error"] });
s.gets("/volumes?name={u}", "/volumes/detail?name={u}", "/volumes/{volume}/metadata");
s.get("/volumes/{volume}", { user: "alt" });
s.get("/volumes/detail?all_tenants=1&name={u}", { user: "admin" });
s.put("/volumes/{volume}", { volume: { name: "{u}-2" } });
s.put("/volumes/{volume}", { volume: {} });
s.put("/volumes/{volume}", {});
s.put(`/volumes/${missing}`, { volume: { name: "x" } });
s.post("/volumes/{volume}/action", {});
s.post("/volumes/{volume}/action", { "os-no-such-action": {} });
s.post("/volumes/{volume}/action", { "os-extend": { new_size: 1 } });
s.post("/volumes/{volume}/action", { "os-detach": {} });
s.post("/snapshots", {});
s.post("/snapshots", { snapshot: {} });
s.post("/snapshots", { snapshot: { volume_id: missing } });
s.post(
  "/snapshots",
  { snapshot: { volume_id: "{volume}", name: "{u}" } },
  { keeps: { snapshot: "snapshot.id" } },
);
s.get("/snapshots/{snapshot}", { until: ["snapshot.status", "available", "error"] });
s.gets("/snapshots/detail?name={u}", "/snapshots?volume_id={volume}");
s.put("/snapshots/{snapshot}", { snapshot: { name: "{u}-2" } });
s.put("/snapshots/{snapshot}", { snapshot: {} });
s.delete("/volumes/{volume}");
s.delete("/snapshots/{snapshot}", { user: "alt" });
s.delete("/snapshots/{snapshot}");
s.get("/snapshots/{snapshot}", { until: ["itemNotFound.code", "404"] });
s.delete("/snapshots/{snapshot}");
s.delete("/volumes/{volume}", { user: "reader" });
s.delete("/volumes/{volume}");
s.get("/volumes/{volume}", { until: ["itemNotFound.code", "404"] });
s.delete("/volumes/{volume}");

/** Requests to Cinder. */
export const cinder = s;
