import { randomUUID } from "node:crypto";
import { computeHost } from "../core/hosts.ts";
import { addPort } from "../neutron/state/networks.ts";
import type { NovaSettings } from "./call.ts";
import { remove } from "./lifecycle.ts";
import type { NovaWorld, Server } from "./state.ts";

/** Whose the servers are. */
export interface Owner {
  readonly projectId: string;
  readonly userId: string;
}

/**
 * Puts servers into the world that are ACTIVE already, and exchanges the oldest for a
 * new one every so many milliseconds, if any. The number of those that live stays.
 */
export function crowd(
  world: NovaWorld,
  settings: NovaSettings,
  owner: Owner,
  { count, churnMs }: { readonly count: number; readonly churnMs: number | undefined },
): void {
  const names: string[] = [];
  let number = 0;
  const add = () => names.push(addActive(world, owner, `crowd-${String(++number).padStart(5, "0")}`).id);
  while (number < count) {
    add();
  }
  if (churnMs === undefined) {
    return;
  }
  const exchange = () => {
    const oldest = world.servers.get(names.shift() ?? "");
    if (oldest !== undefined && oldest.vmState === "active") {
      remove(world, settings, oldest);
    }
    add();
    world.timeline.after(churnMs, exchange);
  };
  world.timeline.after(churnMs, exchange);
}

function addActive(world: NovaWorld, owner: Owner, name: string): Server {
  const [flavor] = world.flavors.values();
  const [image] = world.images.values();
  const network = [...world.networks.values()].find(
    (each) => each.projectId === owner.projectId || each.shared,
  );
  if (flavor === undefined) {
    throw new Error("a world without flavors has no servers");
  }
  const now = Math.floor(world.timeline.now() / 1000) * 1000;
  const id = randomUUID();
  const port =
    network &&
    addPort(world, network, { projectId: owner.projectId, deviceId: id, deviceOwner: "compute:nova" });
  const server: Server = {
    id,
    ...owner,
    createdAt: now,
    serial: world.serial(),
    reservationId: `r-${id.slice(0, 8)}`,
    flavor,
    imageId: image?.id ?? "",
    keyName: null,
    configDrive: "",
    userData: null,
    diskConfig: "MANUAL",
    launchIndex: 0,
    updatedAt: now,
    name,
    hostname: name,
    description: null,
    accessIPv4: "",
    accessIPv6: "",
    vmState: "active",
    taskState: null,
    powerState: 1,
    host: computeHost,
    zone: "nova",
    launchedAt: now,
    terminatedAt: null,
    metadata: {},
    tags: [],
    ports: port === undefined ? [] : [port.id],
    ownPorts: new Set(port === undefined ? [] : [port.id]),
    plugged: true,
    disks: [],
    locked: undefined,
    oldFlavor: undefined,
    groupId: undefined,
    fault: undefined,
  };
  world.servers.set(id, server);
  return server;
}
