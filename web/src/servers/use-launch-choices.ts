import type { ConnectError } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { ComputeService, type Flavor } from "../gen/oaktree/v1/compute_pb.js";
import { ImageService, ImageStatus } from "../gen/oaktree/v1/image_pb.js";
import { type Network, NetworkService } from "../gen/oaktree/v1/network_pb.js";
import type { LocationName } from "../locations/location.ts";
import { gibibyte, mebibyte, sizeText } from "../ui/sizes.ts";

interface Option {
  readonly value: string;
  readonly text: string;
}

/** What can be chosen for one field of a launch. */
export interface Choices {
  readonly options: readonly Option[];
  readonly isLoading: boolean;
  /** Whether there is more than is offered. */
  readonly isCut: boolean;
  readonly error: ConnectError | null;
}

/** Reads what a server can be made of in the location. One page each: at most 1000. */
export function useLaunchChoices(location: LocationName | undefined) {
  const request = { ...(location && { location }), pageSize: 1000 };
  const images = useQuery(ImageService.method.listImages, request);
  const flavors = useQuery(ComputeService.method.listFlavors, request);
  const networks = useQuery(NetworkService.method.listNetworks, request);
  const keypairs = useQuery(ComputeService.method.listKeypairs, request);
  return {
    images: choices(images, (page) =>
      page.images
        .filter(({ status }) => status === ImageStatus.ACTIVE)
        .map(({ id, name }) => ({ value: id, text: name || id })),
    ),
    flavors: choices(flavors, (page) =>
      page.flavors
        .filter(({ isDisabled }) => !isDisabled)
        .toSorted(bySize)
        .map((flavor) => ({ value: flavor.id, text: flavorText(flavor) })),
    ),
    networks: choices(networks, (page) =>
      page.networks
        .toSorted((a, b) => Number(a.isRouterExternal) - Number(b.isRouterExternal))
        .map((network) => ({ value: network.id, text: networkText(network) })),
    ),
    keypairs: choices(keypairs, (page) => page.keypairs.map(({ name }) => ({ value: name, text: name }))),
  };
}

function choices<Page extends { readonly nextPageToken: string }>(
  { data, isLoading, error }: UseQueryResult<Page, ConnectError>,
  optionsOf: (page: Page) => Option[],
): Choices {
  return {
    options: data === undefined ? [] : optionsOf(data),
    isLoading,
    isCut: Boolean(data?.nextPageToken),
    error,
  };
}

function bySize(a: Flavor, b: Flavor): number {
  return a.vcpus - b.vcpus || Number(a.ramMib - b.ramMib) || Number(a.diskGib - b.diskGib);
}

function flavorText({ name, vcpus, ramMib, diskGib }: Flavor): string {
  const parts = [
    `${vcpus} vCPU${vcpus === 1 ? "" : "s"}`,
    sizeText(Number(ramMib) * mebibyte),
    ...(diskGib === 0n ? [] : [sizeText(Number(diskGib) * gibibyte)]),
  ];
  return `${name} (${parts.join(", ")})`;
}

function networkText({ id, name, isRouterExternal }: Network): string {
  return `${name || id}${isRouterExternal ? " (external)" : ""}`;
}
