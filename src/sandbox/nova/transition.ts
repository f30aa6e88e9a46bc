import { type NovaCall, NovaError } from "./call.ts";
import { touch } from "./lifecycle.ts";
import type { Server, VmState } from "./state.ts";

/** @throws NovaError 409 unless the server is in one of the states, and in the middle of nothing. */
export function allow(server: Server, verb: string, from: readonly VmState[]): void {
  const refuse = (state: string) =>
    new NovaError(409, `Cannot '${verb}' instance ${server.id} while it is in ${state}`);
  if (!from.includes(server.vmState)) {
    throw refuse(`vm_state ${server.vmState}`);
  }
  if (server.taskState !== null) {
    throw refuse(`task_state ${server.taskState}`);
  }
}

/** @throws NovaError 409 for a locked server, except to administrators. */
export function checkLock({ caller }: NovaCall, server: Server): void {
  if (server.locked !== undefined && !caller.admin) {
    throw new NovaError(409, `Instance ${server.id} is locked`);
  }
}

/** Does a task on a server: it shows at once, and when it has passed its end is there. */
export function change(
  { world, settings }: NovaCall,
  server: Server,
  task: string,
  end: () => unknown,
): void {
  server.taskState = task;
  touch(world, server);
  world.timeline.after(settings.changeMs, () => {
    // A deletion that came in between has the task now.
    if (server.taskState === task) {
      server.taskState = null;
      touch(world, server);
      end();
    }
  });
}
