import t from "tap";
import { objectOf } from "../../src/object-store/headers.ts";

t.test("times are taken where they are some, and left out where not", async (t) => {
  const good = { "last-modified": "Fri, 27 Nov 2026 17:00:00 GMT", "x-delete-at": "1795799941" };
  t.match(objectOf("a", good), {
    last_modified: "2026-11-27T17:00:00.000Z",
    delete_at: "2026-11-27T17:19:01.000Z",
  });
  for (const odd of ["", "soon", "1e300", "99999999999999999999", "-"]) {
    const object = objectOf("a", { "last-modified": odd, "x-delete-at": odd });
    t.notOk("delete_at" in object, `x-delete-at: ${odd}`);
  }
});
