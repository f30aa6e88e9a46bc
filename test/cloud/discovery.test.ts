import t from "tap";
import { bestVersion, parseEndpoint, parseVersions } from "../../src/cloud/discovery.ts";

t.test("an endpoint's URL is taken apart", (t) => {
  const parts = (url: string): unknown => {
    const { origin, prefix, version, suffix } = parseEndpoint(url) ?? {};
    return [origin, prefix, version, suffix];
  };
  t.same(parts("http://h:9292"), ["http://h:9292", "", "", ""]);
  t.same(parts("http://h:9292/"), ["http://h:9292", "", "", ""]);
  t.same(parts("https://h/image/"), ["https://h", "/image", "", ""]);
  t.same(parts("http://h:8774/v2.1"), ["http://h:8774", "", "v2.1", ""]);
  t.same(parts("https://h/a/b/v3/619fe56dc009415983fb8414bb27c1e9"), [
    "https://h",
    "/a/b",
    "v3",
    "/619fe56dc009415983fb8414bb27c1e9",
  ]);
  t.same(parts("http://h:8080/v1/AUTH_p"), ["http://h:8080", "", "v1", "/AUTH_p"]);
  t.equal(parseEndpoint("ftp://h/v1"), undefined);
  t.equal(parseEndpoint(""), undefined);
  t.end();
});

const self = (href: string): object => ({ links: [{ rel: "self", href }] });

t.test("the documents of the real services", (t) => {
  const nova = parseVersions({
    versions: [
      { id: "v2.0", status: "SUPPORTED", version: "", min_version: "", ...self("http://h:8774/v2/") },
      { id: "v2.1", status: "CURRENT", version: "2.93", min_version: "2.1", ...self("http://h:8774/v2.1/") },
    ],
  });
  t.same(bestVersion(nova, 2), { id: "2.1", segment: "v2.1", range: { min: "2.1", max: "2.93" } });
  const glance = parseVersions({
    versions: ["v2.9", "v2.15", "v2.2"].map((id) => ({
      id,
      status: "SUPPORTED",
      ...self("http://h:9292/v2/"),
    })),
  });
  t.match(bestVersion(glance, 2), { id: "2.15", segment: "v2", range: undefined });
  const keystone = parseVersions({ versions: { values: [{ id: "v3.14", ...self("http://h:5000/v3/") }] } });
  t.match(bestVersion(keystone, 3), { segment: "v3" });
  const cinder = parseVersions({
    versions: [
      {
        id: "v3.0",
        version: "3.70",
        min_version: "3.0",
        links: [
          { rel: "describedby", type: "text/html", href: "https://docs.openstack.org/" },
          { rel: "self", href: "http://h:8776/v3/" },
        ],
      },
    ],
  });
  t.match(bestVersion(cinder, 3), { segment: "v3", range: { min: "3.0", max: "3.70" } });
  const placement = parseVersions({
    versions: [{ id: "v1.0", max_version: "1.39", min_version: "1.0", status: "CURRENT", ...self("") }],
  });
  t.match(placement, [{ segment: "", range: { min: "1.0", max: "1.39" } }]);
  t.match(parseVersions({ version: { id: "v2.1", version: "2.93", min_version: "2.1" } }), [
    { id: "2.1", range: { max: "2.93" } },
  ]);
  t.end();
});

t.test("anything else is no document", (t) => {
  for (const document of [
    undefined,
    null,
    7,
    "v2",
    [],
    {},
    { versions: null },
    { versions: [null, { id: 2 }, { id: "x" }] },
  ]) {
    t.same(parseVersions(document), []);
  }
  t.equal(bestVersion(parseVersions({ versions: [{ id: "v1.0" }] }), 2), undefined);
  t.end();
});
