import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const { listFlavors } = ComputeService.method;

/** A Nova with these flavors and pages of its own size, in any number of regions. */
function nova(ids: string[], { pageSize = 3, filler = "", region = "RegionOne" } = {}) {
  return new FakeRegion(
    ({ query }) => {
      const start = query?.marker === undefined ? 0 : ids.indexOf(String(query.marker)) + 1;
      const size = Math.min(Number(query?.limit ?? pageSize), pageSize);
      const flavors = ids
        .slice(start, start + size)
        .map((id) => ({ id, name: `flavor-${id}`, vcpus: 1, filler }));
      const more = start + size < ids.length;
      const href = `http://x/flavors/detail?marker=${flavors.at(-1)?.id}`;
      return { flavors, ...(more ? { flavors_links: [{ rel: "next", href }] } : {}) };
    },
    "devstack",
    region,
  );
}

async function pageThrough(
  regions: FakeRegion[],
  request: { pageSize?: number; nameOrId?: string },
  between = () => {},
) {
  const oaktree = api();
  const pages: string[][] = [];
  let pageToken = "";
  do {
    const page = await oaktree.call(listFlavors, { ...request, pageToken }, callTo(...regions));
    pages.push(page.flavors.map(({ id }) => id));
    pageToken = page.nextPageToken;
    between();
  } while (pageToken !== "");
  return pages;
}

t.test("upstream pages are joined to one answer", async (t) => {
  t.strictSame(await pageThrough([nova([..."abcdefgh"])], {}), [[..."abcdefgh"]]);
});

t.test("page_size cuts anywhere, and the token goes on there", async (t) => {
  t.strictSame(await pageThrough([nova([..."abcdefgh"])], { pageSize: 2 }), [
    ["a", "b"],
    ["c", "d"],
    ["e", "f"],
    ["g", "h"],
  ]);
});

t.test("pages go on from one region to the next", async (t) => {
  const regions = [
    nova([..."abc"], { region: "A" }),
    nova([..."de"], { region: "B" }),
    nova([..."fg"], { region: "C" }),
  ];
  const pages = await pageThrough(regions, { pageSize: 4 });
  t.equal(pages.flat().join(""), "abcdefg");
  t.ok(pages.every((page) => page.length <= 4));
});

t.test("filters leave out objects without losing the place", async (t) => {
  t.equal(
    (await pageThrough([nova([..."1b2c3d4"])], { pageSize: 1, nameOrId: "flavor-[bcd]" })).flat().join(""),
    "bcd",
  );
});

t.test("an object that goes away between two pages hides no other one", async (t) => {
  const ids = [..."abcdefgh"];
  const pages = await pageThrough([nova(ids, { pageSize: 8 })], { pageSize: 2 }, () => ids.shift());
  t.ok([..."bdfh"].every((id) => ids.includes(id) || pages.flat().includes(id)));
  t.equal(new Set(pages.flat()).size, pages.flat().length, "and none comes twice");
});

t.test("the page size may change from page to page", async (t) => {
  const oaktree = api();
  const call = callTo(nova([..."abcdefghij"], { pageSize: 8, filler: "x".repeat(200_000) }));
  const ids: string[] = [];
  let pageToken = "";
  for (const pageSize of [8, 2, 1, 100]) {
    const page = await oaktree.call(listFlavors, { pageSize, pageToken }, call);
    ids.push(...page.flavors.map(({ id }) => id));
    pageToken = page.nextPageToken;
  }
  t.equal(ids.join(""), "abcdefghij");
});

t.test("an answer stays below 1 MiB, whatever the page size", async (t) => {
  const region = nova(
    Array.from({ length: 60 }, (_, index) => `id-${index}`),
    { pageSize: 60, filler: "x".repeat(50_000) },
  );
  const pages = await pageThrough([region], { pageSize: 1000 });
  t.equal(pages.flat().length, 60);
  t.ok(pages.every((page) => page.length <= 20));
});

t.test("a token that was not made here, or for another list, is refused", async (t) => {
  const oaktree = api();
  const call = callTo(nova([..."abcdef"]));
  const { nextPageToken } = await oaktree.call(listFlavors, { pageSize: 2 }, call);
  const others: [string, { pageToken: string; nameOrId?: string }][] = [
    ["made up", { pageToken: "abc" }],
    ["changed", { pageToken: `${nextPageToken.slice(0, -2)}AA` }],
    ["of another filter", { pageToken: nextPageToken, nameOrId: "x*" }],
  ];
  for (const [which, request] of others) {
    await t.rejects(oaktree.call(listFlavors, request, call), fault("PAGE_TOKEN_INVALID"), which);
  }
  const stranger = api({ sealKey: new Uint8Array(32).fill(7) });
  await t.rejects(
    stranger.call(listFlavors, { pageToken: nextPageToken }, call),
    fault("PAGE_TOKEN_INVALID"),
  );
  t.notMatch(
    Buffer.from(nextPageToken, "base64url").toString("latin1"),
    /devstack|marker/,
    "it says nothing",
  );
});

t.test("what finds no room in an answer is not asked for", async (t) => {
  const ids = Array.from({ length: 2000 }, (_, index) => `f${index}`);
  const region = nova(ids, { pageSize: 1000, filler: "x".repeat(2000) });
  const pages = await pageThrough([region], {});
  t.equal(new Set(pages.flat()).size, ids.length, "all come");
  const asked = region.requests.reduce((sum, { query }) => sum + Number(query?.limit), 0);
  t.ok(asked < ids.length * 1.1, `${asked} objects were asked for`);
});
