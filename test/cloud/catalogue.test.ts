import t from "tap";
import { Catalogue } from "../../src/cloud/catalogue.ts";
import type { JsonObject } from "../../src/cloud/json.ts";

const at = (url: string, region = "one", kind = "public"): JsonObject => ({ interface: kind, region, url });

const catalogue = new Catalogue([
  {
    type: "compute",
    endpoints: [at("http://n1"), at("http://n2", "two"), at("http://n1i", "one", "internal")],
  },
  { type: "volumev2", endpoints: [at("http://c/v2/p")] },
  { type: "volumev3", endpoints: [at("http://c/v3/p")] },
  { type: "dns", endpoints: [{ interface: "public", region: null, region_id: null, url: "http://d" }] },
  { type: "image", endpoints: [at("http://g", "two", "publicURL")] },
  { type: "broken", endpoints: "none" },
  { type: "network", endpoints: [{ interface: "public", region: "one" }, null] },
  null,
]);

t.test("a service is found by region and by the order of interfaces", (t) => {
  t.equal(catalogue.find("compute", "one", ["public"]), "http://n1");
  t.equal(catalogue.find("compute", "two", ["public"]), "http://n2");
  t.equal(catalogue.find("compute", "one", ["admin", "internal", "public"]), "http://n1i");
  t.equal(catalogue.find("compute", "two", ["internal"]), undefined);
  t.equal(catalogue.find("image", "two", ["public"]), "http://g");
  t.equal(catalogue.find("dns", "two", ["public"]), "http://d", "no region means every region");
  t.end();
});

t.test("a service is found by any of its names, the newest Cinder first", (t) => {
  for (const name of ["block-storage", "volume", "volumev2", "volumev3", "block-store"]) {
    t.equal(catalogue.find(name, "one", ["public"]), "http://c/v3/p");
  }
  t.end();
});

t.test("the catalogue tells the regions", (t) => {
  t.same(catalogue.regions(), ["one", "two"]);
  t.same(new Catalogue(undefined).regions(), []);
  t.end();
});

t.test("a service that is missing: the error says what there is", (t) => {
  t.match(catalogue.missing("orchestration", "c", "one", ["public"]), {
    reason: "SERVICE_NOT_AVAILABLE",
    message:
      "the cloud c has no public orchestration service in the region one: the catalogue has block-storage, compute, dns there",
    metadata: { cloud: "c", region: "one", service: "orchestration" },
  });
  t.match(catalogue.missing("compute", "c", "Two", ["public"]).message, /its regions are one, two/);
  t.end();
});
