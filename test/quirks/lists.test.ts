// Lists of clouds with small pages, pages in a circle, and ten thousand servers that come and go.
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { failure } from "../support/faults.ts";
import type { World } from "../support/worlds.ts";
import { withQuirks } from "./with-quirks.ts";

withQuirks("small pages are one list", ["pages=3", "servers=10"], async (t, { client, location }) => {
  t.equal((await client(ComputeService).listFlavors({ location })).flavors.length, 7);
  t.equal((await client(ComputeService).listServers({ location })).servers.length, 10);
  t.equal((await client(ImageService).listImages({ location })).images.length, 1);
});

withQuirks(
  "pages in a circle are noticed",
  ["looping-marker", "servers=10"],
  async (t, { client, location }) => {
    t.match(await failure(client(ComputeService).listServers({ location })), { reason: "PAGING_LOOP" });
  },
);

withQuirks(
  "ten thousand servers are listed while they come and go",
  ["servers=10000/1"],
  async (t, world) => {
    const names = await allServers(world);
    t.ok(names.length >= 9_990 && names.length <= 10_010, `${names.length} servers`);
    t.equal(new Set(names).size, names.length, "each once");
  },
);

async function allServers({ client, location }: World): Promise<string[]> {
  const names: string[] = [];
  let pageToken = "";
  do {
    const page = await client(ComputeService).listServers({ location, pageSize: 1000, pageToken });
    names.push(...page.servers.map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return names;
}
