import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { computeHost } from "../core/hosts.ts";
import type { Reply } from "../core/http.ts";
import { findServer, mayWrite, type NovaCall, NovaError } from "./call.ts";
import { consoleOutput } from "./console.ts";
import { touch } from "./lifecycle.ts";
import { createImage, rebuild, rescue, resize } from "./rebuild.ts";
import { checked, oneOf, text } from "./schema.ts";
import { addSecurityGroup, removeSecurityGroup } from "./security-groups.ts";
import type { Server, VmState } from "./state.ts";
import { allow, change, checkLock } from "./transition.ts";

/** An action: what it is given, and what it does. */
type Action = (call: NovaCall, server: Server, given: JsonValue, body: JsonObject) => Reply;

/** A way from state to state, with a task in between. */
interface Way {
  readonly rule: string;
  readonly from: readonly VmState[];
  readonly task: string;
  readonly end: Partial<Pick<Server, "vmState" | "powerState">>;
}

const anyButBroken: readonly VmState[] = ["active", "stopped", "paused", "suspended"];

/** The states are those of nova/compute/api.py, check_instance_state. */
const ways: Readonly<Record<string, Way>> = {
  start: {
    rule: "servers:start",
    from: ["stopped"],
    task: "powering-on",
    end: { vmState: "active", powerState: 1 },
  },
  stop: {
    rule: "servers:stop",
    from: ["active", "error"],
    task: "powering-off",
    end: { vmState: "stopped", powerState: 4 },
  },
  pause: {
    rule: "os-pause-server:pause",
    from: ["active"],
    task: "pausing",
    end: { vmState: "paused" },
  },
  unpause: {
    rule: "os-pause-server:unpause",
    from: ["paused"],
    task: "unpausing",
    end: { vmState: "active" },
  },
  suspend: {
    rule: "os-suspend-server:suspend",
    from: ["active"],
    task: "suspending",
    end: { vmState: "suspended" },
  },
  resume: {
    rule: "os-suspend-server:resume",
    from: ["suspended"],
    task: "resuming",
    end: { vmState: "active" },
  },
  unrescue: {
    rule: "os-unrescue",
    from: ["rescued"],
    task: "unrescuing",
    end: { vmState: "active", powerState: 1 },
  },
};

const actions: Readonly<Record<string, Action>> = {
  "os-getConsoleOutput": consoleOutput,
  ...Object.fromEntries(
    Object.entries(ways).map(([verb, way]) => [
      verb === "start" || verb === "stop" ? `os-${verb}` : verb,
      (call, server) => {
        mayWrite(call, way.rule);
        allow(server, verb, way.from);
        change(call, server, way.task, () => Object.assign(server, way.end));
        return { status: 202 };
      },
    ]),
  ),
  reboot: (call, server, _, body) => {
    const { type } = checked(
      body,
      "reboot",
      { type: oneOf("HARD", "Hard", "hard", "SOFT", "Soft", "soft") },
      ["type"],
    );
    mayWrite(call, "servers:reboot");
    const hard = String(type).toUpperCase() === "HARD";
    allow(server, "reboot", hard ? [...anyButBroken, "error"] : ["active"]);
    change(call, server, hard ? "rebooting_hard" : "rebooting", () =>
      Object.assign(server, { vmState: "active", powerState: 1 }),
    );
    return { status: 202 };
  },
  shelve: (call, server) => {
    mayWrite(call, "os-shelve:shelve");
    allow(server, "shelve", anyButBroken);
    change(call, server, "shelving", () => {
      Object.assign(server, { vmState: "shelved", powerState: 4 });
      change(call, server, "shelving_offloading", () =>
        Object.assign(server, { vmState: "shelved_offloaded", host: null, zone: "" }),
      );
    });
    return { status: 202 };
  },
  unshelve: (call, server) => {
    mayWrite(call, "os-shelve:unshelve");
    allow(server, "unshelve", ["shelved", "shelved_offloaded"]);
    change(call, server, "unshelving", () =>
      change(call, server, "spawning", () =>
        Object.assign(server, { vmState: "active", powerState: 1, host: computeHost, zone: "nova" }),
      ),
    );
    return { status: 202 };
  },
  lock: (call, server, given, body) => {
    const fields = { locked_reason: text(undefined, 1, 255) };
    const reason =
      call.version >= 73 && isObject(given) ? checked(body, "lock", fields).locked_reason : undefined;
    mayWrite(call, "os-lock-server:lock");
    server.locked = { reason: typeof reason === "string" ? reason : null };
    touch(call.world, server);
    return { status: 202 };
  },
  unlock: (call, server) => {
    mayWrite(call, "os-lock-server:unlock");
    server.locked = undefined;
    touch(call.world, server);
    return { status: 202 };
  },
  rescue,
  resize,
  confirmResize: (call, server) => {
    mayWrite(call, "servers:confirm_resize");
    allow(server, "confirmResize", ["resized"]);
    oldFlavor(server);
    server.oldFlavor = undefined;
    // The task stays empty while Nova cleans up (nova/compute/api.py, confirm_resize).
    call.world.timeline.after(call.settings.changeMs, () => {
      server.vmState = "active";
      touch(call.world, server);
    });
    return { status: 204 };
  },
  revertResize: (call, server) => {
    mayWrite(call, "servers:revert_resize");
    allow(server, "revertResize", ["resized"]);
    const flavor = oldFlavor(server);
    change(call, server, "resize_reverting", () =>
      Object.assign(server, { flavor, oldFlavor: undefined, vmState: "active" }),
    );
    return { status: 202 };
  },
  rebuild,
  createImage,
  addSecurityGroup,
  removeSecurityGroup,
};

/** What a lock does not keep from (nova/compute/api.py, check_instance_lock). */
const unlocked = new Set([
  "lock",
  "unlock",
  "createImage",
  "addSecurityGroup",
  "removeSecurityGroup",
  "os-getConsoleOutput",
]);

/** `POST /servers/ID/action`. */
export async function action(call: NovaCall): Promise<Reply> {
  const body = await call.json();
  const [name = "", ...others] = Object.keys(body);
  const act = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (others.length > 0 || act === undefined) {
    throw new NovaError(400, `There is no such action: ${name}`);
  }
  const server = findServer(call);
  if (!unlocked.has(name)) {
    checkLock(call, server);
  }
  return act(call, server, body[name] ?? null, body);
}

function oldFlavor(server: Server) {
  if (server.oldFlavor === undefined) {
    throw new NovaError(400, "Instance has not been resized.");
  }
  return server.oldFlavor;
}
