import { useInfiniteQuery } from "@connectrpc/connect-query";
import {
  ComputeService,
  type ListServersResponse,
  type Server,
  ServerStatus,
} from "../gen/oaktree/v1/compute_pb.js";
import { ListPanel } from "../lists/list-panel.tsx";
import { pageSize, paging, usePages } from "../lists/use-pages.ts";
import { locationKey, objectKey } from "../locations/location.ts";
import { useLocations } from "../locations/seen-locations.tsx";
import { DialogButton } from "../ui/dialog-button.tsx";
import { LaunchForm } from "./launch-form.tsx";
import { ServerRow } from "./server-row.tsx";
import { isInMotion } from "./server-status.ts";
import { useFollows } from "./use-follows.ts";

const columns = ["Name", "Status", "Address", "Flavor", "Created", "Location", ""];

/** How often the list is read again while a server that no stream follows is in motion. */
const motionIntervalMs = 5000;

/** The servers, each followed while the page has it launched or deleted. */
export function ServersPanel() {
  const { chosen: location } = useLocations();
  const { follows, state } = useFollows();
  const request = { ...(location && { location }), pageSize, pageToken: "" };
  const query = useInfiniteQuery(ComputeService.method.listServers, request, {
    ...paging,
    refetchInterval: ({ state: { data } }) => {
      const unseen = data?.pages.flatMap(serversOf).filter((server) => !isLive(server)) ?? [];
      return unseen.some(isInMotion) && motionIntervalMs;
    },
  });
  const pages = usePages(query, serversOf);
  const isLive = (server: Server): boolean => follows.state().byKey.get(objectKey(server))?.isLive ?? false;

  const listed = new Set(pages.items.map(objectKey));
  const isHere = ({ location: at }: Server): boolean =>
    location === undefined || (at !== undefined && locationKey(at) === locationKey(location));
  const launched = [...state.byKey.values()]
    .filter(({ server, isLive }) => isLive && !listed.has(objectKey(server)) && isHere(server))
    .map(({ server }) => server);
  const servers = [...launched, ...pages.items];

  return (
    <>
      <p className="visually-hidden" role="status">
        {state.news}
      </p>
      <ListPanel
        title="Servers"
        pages={pages}
        count={servers.length}
        columns={columns}
        empty="No servers yet. Launch one to see it come up here."
        actions={
          <DialogButton label="Launch server" title="Launch a server" primary>
            {(close) => (
              <LaunchForm
                onDone={close}
                onLaunched={(server) => follows.start(server, ServerStatus.ACTIVE)}
              />
            )}
          </DialogButton>
        }
      >
        {servers.map((server) => (
          <ServerRow
            key={objectKey(server)}
            server={server}
            follow={state.byKey.get(objectKey(server))}
            onFollow={(wanted) => follows.start(server, wanted)}
          />
        ))}
      </ListPanel>
    </>
  );
}

function serversOf(page: ListServersResponse): Server[] {
  return page.servers;
}
