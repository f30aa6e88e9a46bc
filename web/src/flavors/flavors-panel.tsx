import { useInfiniteQuery } from "@connectrpc/connect-query";
import { ComputeService, type Flavor, type ListFlavorsResponse } from "../gen/oaktree/v1/compute_pb.js";
import { ListPanel } from "../lists/list-panel.tsx";
import { pageSize, paging, usePages } from "../lists/use-pages.ts";
import { locationText, objectKey } from "../locations/location.ts";
import { useLocations } from "../locations/seen-locations.tsx";
import { gibibyte, mebibyte, sizeText } from "../ui/sizes.ts";

const columns = ["Name", "vCPUs", "Memory", "Disk", "Location"];

/** The sizes that servers can have. */
export function FlavorsPanel() {
  const { chosen: location } = useLocations();
  const request = { ...(location && { location }), pageSize, pageToken: "" };
  const query = useInfiniteQuery(ComputeService.method.listFlavors, request, paging);
  const pages = usePages(query, flavorsOf);
  return (
    <ListPanel
      title="Flavors"
      pages={pages}
      count={pages.items.length}
      columns={columns}
      empty="No flavors here that you may use."
    >
      {pages.items.map((flavor) => (
        <FlavorRow key={objectKey(flavor)} flavor={flavor} />
      ))}
    </ListPanel>
  );
}

function FlavorRow({ flavor }: { readonly flavor: Flavor }) {
  return (
    <tr>
      <th scope="row" data-label="Name">
        {flavor.name}
      </th>
      <td data-label="vCPUs">{flavor.vcpus}</td>
      <td data-label="Memory">{sizeText(Number(flavor.ramMib) * mebibyte)}</td>
      <td data-label="Disk">
        {flavor.diskGib === 0n ? "as the image" : sizeText(Number(flavor.diskGib) * gibibyte)}
      </td>
      <td data-label="Location" className="quiet">
        {flavor.location && locationText(flavor.location)}
      </td>
    </tr>
  );
}

function flavorsOf(page: ListFlavorsResponse): Flavor[] {
  return page.flavors;
}
