import { computeHost } from "../core/hosts.ts";
import { addPort, removePort } from "../neutron/state/networks.ts";
import type { Network, Port } from "../neutron/state/types.ts";
import type { NovaSettings } from "./call.ts";
import { releaseDisks } from "./disks.ts";
import { hostRam, type NovaWorld, type Server } from "./state.ts";

/** What a server is to be plugged into: a network to make a port in, or a port that is there. */
export type Plug = { readonly network: Network } | { readonly port: string };

/** Times of Nova's database have whole seconds. */
export function touch(world: NovaWorld, server: Server): void {
  server.updatedAt = Math.floor(world.timeline.now() / 1000) * 1000;
}

/**
 * Builds a server as Nova does: scheduling, then on a host (with ports) spawning,
 * then ACTIVE; or ERROR where no host has room, or the network may not be used.
 */
export function build(
  world: NovaWorld,
  settings: NovaSettings,
  server: Server,
  plugs: readonly Plug[],
  groups: readonly string[],
): void {
  const alive = () => server.vmState === "building" && server.taskState !== "deleting";
  const { timeline } = world;
  if (server.flavor.ram > hostRam) {
    // This fault is kept in the database of cell0, which lists do not read.
    timeline.after(
      settings.buildMs,
      () => alive() && fail(world, server, "No valid host was found. ", false),
    );
    return;
  }
  timeline.after(settings.buildMs / 3, () => {
    if (alive()) {
      server.host = computeHost;
      server.zone = "nova";
      server.taskState = "networking";
      touch(world, server);
    }
  });
  timeline.after((settings.buildMs * 2) / 3, () => {
    if (!alive()) {
      return;
    }
    if (!plug(world, server, plugs, groups)) {
      unplug(world, server);
      server.host = null;
      server.zone = "";
      const words = `Build of instance ${server.id} aborted: Failed to allocate the network(s), not rescheduling.`;
      fail(world, server, words, true);
      return;
    }
    server.taskState = "spawning";
    touch(world, server);
  });
  timeline.after(settings.buildMs, () => {
    if (alive()) {
      server.vmState = "active";
      server.taskState = null;
      server.powerState = 1;
      server.plugged = true;
      touch(world, server);
      server.launchedAt = server.updatedAt;
    }
  });
}

/** Deletes a server; one that has no host goes at once. */
export function remove(world: NovaWorld, settings: NovaSettings, server: Server): void {
  if (server.taskState === "deleting") {
    return;
  }
  server.taskState = "deleting";
  touch(world, server);
  if (server.host === null) {
    gone(world, settings, server);
  } else {
    world.timeline.after(settings.deleteMs, () => gone(world, settings, server));
  }
}

function gone(world: NovaWorld, settings: NovaSettings, server: Server): void {
  unplug(world, server);
  releaseDisks(world, settings.deleteMs, server);
  server.vmState = "deleted";
  server.taskState = null;
  server.powerState = 0;
  server.plugged = false;
  touch(world, server);
  server.terminatedAt = server.updatedAt;
  forgetOld(world);
}

/** Keeps the newest 5,000 deleted servers, and up to 1,000 more, for this walks them all. */
function forgetOld(world: NovaWorld): void {
  world.deletions++;
  if (world.deletions % 1000 !== 0) {
    return;
  }
  const deleted = [...world.servers.values()].filter(({ vmState }) => vmState === "deleted");
  deleted.sort((a, b) => a.updatedAt - b.updatedAt);
  for (const { id } of deleted.slice(0, -5000)) {
    world.servers.delete(id);
  }
}

function fail(world: NovaWorld, server: Server, message: string, listed: boolean): void {
  server.vmState = "error";
  server.taskState = null;
  touch(world, server);
  server.fault = { message, at: server.updatedAt, listed };
}

/** False when a port cannot be made or is taken. */
function plug(world: NovaWorld, server: Server, plugs: readonly Plug[], groups: readonly string[]): boolean {
  for (const each of plugs) {
    let port: Port | undefined;
    if ("port" in each) {
      port = world.ports.get(each.port);
      if (port === undefined || port.deviceId !== "") {
        return false;
      }
      port.deviceId = server.id;
      port.deviceOwner = "compute:nova";
      port.hostname = server.hostname;
      port.updatedAt = world.timeline.now();
    } else {
      if (each.network.external && each.network.projectId !== server.projectId) {
        return false;
      }
      port = addPort(world, each.network, {
        projectId: server.projectId,
        securityGroups: [...groups],
        deviceId: server.id,
        deviceOwner: "compute:nova",
        hostname: server.hostname,
      });
      if (port === undefined) {
        return false;
      }
      server.ownPorts.add(port.id);
    }
    server.ports.push(port.id);
  }
  return true;
}

function unplug(world: NovaWorld, server: Server): void {
  for (const id of server.ports) {
    const port = world.ports.get(id);
    if (port === undefined) {
      continue;
    }
    if (server.ownPorts.has(id)) {
      removePort(world, port);
    } else {
      port.deviceId = "";
      port.deviceOwner = "";
      port.hostname = "";
      port.updatedAt = world.timeline.now();
    }
  }
  server.ports = [];
  server.ownPorts = new Set();
}
