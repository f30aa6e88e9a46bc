import { useMutation } from "@connectrpc/connect-query";
import { problemOf } from "../api/problem.ts";
import { ComputeService, type Server, ServerStatus } from "../gen/oaktree/v1/compute_pb.js";
import { locationText, selectorOf } from "../locations/location.ts";
import { Ago } from "../ui/ago.tsx";
import { Badge } from "../ui/badge.tsx";
import { DeleteButton } from "../ui/delete-button.tsx";
import type { Follow } from "./follows.ts";
import { ServerNotes } from "./server-notes.tsx";
import { toneOf } from "./server-status.ts";
import { useFault } from "./use-fault.ts";

interface ServerRowProps {
  /** The server as it is in the list. */
  readonly server: Server;
  /** What the page knows from following it. */
  readonly follow: Follow | undefined;
  readonly onFollow: (wanted: ServerStatus) => void;
}

/** One server. */
export function ServerRow({ server: listed, follow, onFollow }: ServerRowProps) {
  const server = follow?.isLive ? follow.server : listed;
  const { id, name, location, taskState } = server;
  const fault = useFault(server);
  const remove = useMutation(ComputeService.method.deleteServer, {
    onSuccess: () => onFollow(ServerStatus.DELETED),
  });
  const isGoing = taskState === "deleting" || server.status === ServerStatus.DELETED;
  return (
    <>
      <tr>
        <th scope="row" data-label="Name" title={id}>
          {name}
        </th>
        <td data-label="Status">
          <Badge tone={toneOf(server)} text={server.statusText} />
          {taskState !== "" && <span className="task">{taskState}</span>}
        </td>
        <td data-label="Address">{server.interfaceIp && <code>{server.interfaceIp}</code>}</td>
        <td data-label="Flavor">{server.flavor?.name || server.flavor?.id}</td>
        <td data-label="Created">
          <Ago time={server.createTime} />
        </td>
        <td data-label="Location" className="quiet">
          {location && locationText(location)}
        </td>
        <td className="buttons">
          <DeleteButton
            what={`server ${name}`}
            isBusy={remove.isPending || isGoing}
            onDelete={() =>
              remove.mutate({
                ...(location && { location: selectorOf(location) }),
                nameOrId: id,
                allowMissing: true,
              })
            }
          />
        </td>
      </tr>
      <ServerNotes
        columns={7}
        fault={fault}
        refusal={remove.error ? problemOf(remove.error) : undefined}
        lost={follow?.problem}
        onFollow={() => onFollow(ServerStatus.ACTIVE)}
      />
    </>
  );
}
