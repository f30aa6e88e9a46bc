import { Story } from "../story.ts";

const s = new Story("object-store");
const text = { headers: { "content-type": "text/plain", "x-object-meta-color": "red" } };

s.get("", { user: "nobody" });
// An account begins with its first container.
s.put("/{u}-box");
s.gets(
  "?format=json&limit=1",
  "?limit=x&prefix={u}-none",
  "?format=json&prefix={u}",
  "/{u}-none",
  "/{u}-none?format=json",
);
s.send("HEAD", "");
s.send("HEAD", "/{u}-none");
s.put("/{u}-box");
s.put("/{u}-box", undefined, { user: "reader" });
s.put(`/${"x".repeat(300)}`);
s.send("HEAD", "/{u}-box");
s.gets("/{u}-box", "/{u}-box?format=json");
s.get("/{u}-box", { user: "alt" });
s.post("/{u}-box", undefined, { headers: { "x-container-meta-a": "1", "x-container-read": ".r:*" } });
s.send("HEAD", "/{u}-box");
s.post("/{u}-box", undefined, { headers: { "x-container-read": "nonsense:*:*" } });
s.post("/{u}-box", undefined, { headers: { "x-container-meta-quota-bytes": "nonsense" } });
s.post("/{u}-none", undefined, { headers: { "x-container-meta-a": "1" } });
s.put("/{u}-box/one", "hello", text);
s.put("/{u}-box/dir/two", "hello again", text);
s.put("/{u}-box/one", "hello", { headers: { etag: "0".repeat(32) } });
s.put("/{u}-box/one", "hello", { headers: { "if-none-match": "*" } });
s.put("/{u}-none/one", "hello", text);
s.put("/{u}-box/late", "hello", { headers: { "x-delete-at": "1" } });
s.put("/{u}-box/late", "hello", { headers: { "x-delete-after": "nonsense" } });
s.put(`/{u}-box/${"x".repeat(1100)}`, "hello", text);
s.gets("/{u}-box/one", "/{u}-box/none", "/{u}-box/dir/two", "/{u}-box/dir");
s.send("HEAD", "/{u}-box/one");
s.send("HEAD", "/{u}-box/none");
s.get("/{u}-box/one", { headers: { range: "bytes=1-2" } });
s.get("/{u}-box/one", { headers: { range: "bytes=-2" } });
s.get("/{u}-box/one", { headers: { range: "bytes=90-" } });
s.get("/{u}-box/one", { headers: { range: "nonsense" } });
s.get("/{u}-box/one", { headers: { "if-none-match": "5d41402abc4b2a76b9719d911017c592" } });
s.get("/{u}-box/one", { headers: { "if-match": "nonsense" } });
s.get("/{u}-box/one", { user: "alt" });
s.gets(
  "/{u}-box?format=json&prefix=dir/",
  "/{u}-box?format=json&delimiter=/",
  "/{u}-box?format=json&marker=one",
  "/{u}-box?format=json&limit=1",
  "/{u}-box?limit=100000",
  "/{u}-box?delimiter=/",
);
s.post("/{u}-box/one", undefined, { headers: { "x-object-meta-size": "big" } });
s.send("HEAD", "/{u}-box/one");
s.post("/{u}-box/none", undefined, { headers: { "x-object-meta-size": "big" } });
s.put("/{u}-box/copy", undefined, { headers: { "x-copy-from": "/{u}-box/one" } });
s.put("/{u}-box/copy", undefined, { headers: { "x-copy-from": "/{u}-box/none" } });
s.put("/{u}-box/slo?multipart-manifest=put", [{ path: "/{u}-box/one" }]);
s.put("/{u}-box/slo?multipart-manifest=put", [{ path: "/{u}-box/none" }]);
s.put("/{u}-box/slo?multipart-manifest=put", "not json");
s.gets("/{u}-box/slo", "/{u}-box/slo?multipart-manifest=get");
s.send("HEAD", "/{u}-box/slo");
s.put("/{u}-box/dlo", "", { headers: { "x-object-manifest": "{u}-box/dir/" } });
s.get("/{u}-box/dlo");
s.delete("/{u}-box");
s.delete("/{u}-box/slo");
for (const name of ["one", "dir/two", "copy", "dlo", "late", "none"]) {
  s.delete(`/{u}-box/${name}`);
}
s.delete("/{u}-box/one", { user: "alt" });
s.delete("/{u}-box");
s.delete("/{u}-box");

/** Requests to Swift. */
export const swift = s;
