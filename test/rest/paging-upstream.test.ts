import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { RestAnswer, RestRequest } from "../../src/cloud/region.ts";
import { Paging } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";
import { FlavorSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { pagesOf } from "../../src/rest/paging.ts";
import { type ResourceTable, resourceTable } from "../../src/rest/schema.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const table = resourceTable(FlavorSchema);
const flavors = ["a", "b", "c", "d", "e"].map((id) => ({ id }));
const size = 2;

async function idsOf(
  answer: (objects: JsonObject[], next: string | undefined, request: RestRequest) => Partial<RestAnswer>,
  resource: ResourceTable = table,
) {
  const region = new FakeRegion((request) => {
    const marker = request.query?.marker;
    const start = marker === undefined ? 0 : flavors.findIndex(({ id }) => id === marker) + 1;
    const objects = flavors.slice(start, start + size);
    const last = start + size < flavors.length ? objects.at(-1)?.id : undefined;
    return { headers: {}, ...answer(objects, last, request) };
  });
  const ids: unknown[] = [];
  for await (const page of pagesOf(
    region,
    resource,
    { query: { is_public: "none" }, limit: size },
    callTo(region),
  )) {
    ids.push(...page.objects.map(({ id }) => id));
  }
  t.ok(
    region.requests.every(({ query }) => query?.is_public === "none"),
    "filters stay on every page",
  );
  return ids.join("");
}

// Hosts in links are deliberately wrong: behind a proxy they are.
const link = (marker: string) => `http://internal:8774/v2.1/flavors/detail?limit=2&marker=${marker}`;
const forms: Record<string, (objects: JsonObject[], next: string | undefined) => Partial<RestAnswer>> = {
  "a list flavors_links (Nova, Neutron, Cinder)": (objects, next) => ({
    body: {
      flavors: objects,
      ...(next
        ? {
            flavors_links: [
              { rel: "previous", href: "x" },
              { rel: "next", href: link(next) },
            ],
          }
        : {}),
    },
  }),
  "links as an object (Keystone)": (objects, next) => ({
    body: { flavors: objects, links: { self: "x", next: next ? link(next) : null } },
  }),
  "links as a list": (objects, next) => ({
    body: { flavors: objects, links: next ? [{ rel: "next", href: link(next) }] : [] },
  }),
  "next as a path (Glance)": (objects, next) => ({
    body: { flavors: objects, ...(next ? { next: `/v2/flavors?marker=${next}` } : {}) },
  }),
  "a Link header": (objects, next) => ({
    body: { flavors: objects },
    headers: next ? { link: `<${link("a")}>; rel="prev", <${link(next)}>; rel="next"` } : {},
  }),
};
for (const [form, answer] of Object.entries(forms)) {
  t.test(`follows ${form}`, async (t) => t.equal(await idsOf(answer), "abcde"));
}

t.test("without links the last id is the marker, where the schema says so", async (t) => {
  const marked: ResourceTable = { ...table, options: { ...table.options, paging: Paging.MARKER } };
  t.equal(await idsOf((objects) => ({ body: { flavors: objects } }), marked), "abcde");
});

t.test("a marker that comes twice is an error and no endless list", async (t) => {
  await t.rejects(
    idsOf(() => ({ body: { flavors: [{ id: "a" }], flavors_links: [{ rel: "next", href: link("a") }] } })),
    fault("PAGING_LOOP"),
  );
  let turn = 0;
  const circle = () => ({
    body: {
      flavors: [{ id: "a" }],
      flavors_links: [{ rel: "next", href: link(["a", "b", "c"][turn++ % 3] ?? "") }],
    },
  });
  await t.rejects(idsOf(circle), fault("PAGING_LOOP"));
});

t.test("an answer that is no list is garbage", async (t) => {
  for (const body of [undefined, null, [], "x", { flavors: {} }, { servers: [] }]) {
    await t.rejects(
      idsOf(() => ({ body: body as never })),
      fault("UPSTREAM_GARBAGE"),
    );
  }
});
