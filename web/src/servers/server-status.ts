import { type Server, ServerStatus } from "../gen/oaktree/v1/compute_pb.js";
import type { Tone } from "../ui/badge.tsx";

/** States that a server leaves by itself. */
const passing: ReadonlySet<ServerStatus> = new Set([
  ServerStatus.BUILD,
  ServerStatus.HARD_REBOOT,
  ServerStatus.MIGRATING,
  ServerStatus.PASSWORD,
  ServerStatus.REBOOT,
  ServerStatus.REBUILD,
  ServerStatus.RESIZE,
  ServerStatus.REVERT_RESIZE,
]);

/** Whether the cloud is working on the server. */
export function isInMotion({ status, taskState }: Server): boolean {
  return passing.has(status) || (taskState !== "" && status !== ServerStatus.ERROR);
}

/** How a server's state is to be taken. */
export function toneOf(server: Server): Tone {
  if (server.status === ServerStatus.ERROR) {
    return "bad";
  }
  if (isInMotion(server)) {
    return "busy";
  }
  return server.status === ServerStatus.ACTIVE ? "good" : "idle";
}

/** A server's state in one line, for those who hear the page. */
export function newsOf({ name, statusText, taskState, interfaceIp }: Server): string {
  return `${name}: ${[statusText, taskState, interfaceIp].filter(Boolean).join(", ")}`;
}
