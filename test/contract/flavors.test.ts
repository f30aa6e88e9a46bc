import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("flavors are listed and found by name and id", async (t, { client, location, serves }) => {
  const compute = client(ComputeService);
  const { flavors } = await compute.listFlavors({ location });
  const nano = flavors.find(({ name }) => name === "m1.nano");
  t.match(nano, {
    location: { cloud: "demo", region: "RegionOne", zone: "" },
    vcpus: 1,
    isPublic: true,
    isDisabled: false,
  });
  t.ok(Number(nano?.ramMib) > 0 && Number(nano?.diskGib) > 0);
  for (const nameOrId of [nano?.id ?? "", "m1.nano"]) {
    t.strictSame((await compute.getFlavor({ location, nameOrId })).flavor, nano);
  }
  const found = await compute.listFlavors({ location, nameOrId: "m1.n*", jmespath: "vcpus == `1`" });
  t.strictSame(
    found.flavors.map(({ name }) => name),
    ["m1.nano"],
  );
  serves(t, "list_flavors", "search_flavors", "get_flavor", "get_flavor_by_id", "get_flavor_name");
});

contract("flavors come in pages of any size", async (t, { client, location }) => {
  const compute = client(ComputeService);
  const { flavors: all } = await compute.listFlavors({ location });
  const paged: string[] = [];
  let pageToken = "";
  do {
    const page = await compute.listFlavors({ location, pageSize: 2, pageToken });
    t.ok(page.flavors.length <= 2);
    paged.push(...page.flavors.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.strictSame(
    paged,
    all.map(({ id }) => id),
  );
});

contract("names that look like paths are no flavors", async (t, { client, location }) => {
  const compute = client(ComputeService);
  for (const nameOrId of ["detail", "../servers", "..", "1/os-extra_specs", "☃", "%2e%2e/servers"]) {
    t.match(await failure(compute.getFlavor({ location, nameOrId })), { reason: "NOT_FOUND" }, nameOrId);
  }
  t.match(await failure(compute.getFlavor({ location, nameOrId: "" })), { reason: "INVALID_REQUEST" });
});
