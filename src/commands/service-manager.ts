import { execFile } from "node:child_process";
import type { Logger } from "pino";

/** How long the helper may take, in milliseconds. It waits until the manager has read the message. */
const limitMs = 5000;

/**
 * Tells systemd how the service is (sd_notify(3)), where it has started this process with
 * Type=notify; elsewhere nothing. Node has no datagram sockets of Unix, so systemd's own
 * `systemd-notify` sends the words, which is why the unit needs NotifyAccess=all.
 */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #path: string | undefined;
  readonly #log: Logger;

  /** Knows the manager by its environment. */
  constructor(env: NodeJS.ProcessEnv, log: Logger) {
    this.#socket = env.NOTIFY_SOCKET;
    this.#path = env.PATH;
    this.#log = log;
  }

  /** It serves. @param status for `systemctl status` */
  ready(status: string): void {
    this.#tell("READY=1", `STATUS=${status}`);
  }

  /** It was asked to stop. */
  stopping(): void {
    this.#tell("STOPPING=1", "STATUS=waits for calls to end");
  }

  #tell(...words: string[]): void {
    if (!this.#socket) {
      return;
    }
    const env = { NOTIFY_SOCKET: this.#socket, PATH: this.#path };
    execFile("systemd-notify", words, { env, timeout: limitMs }, (error) => {
      if (error) {
        this.#log.warn(`systemd was not told ${words[0]}: ${error.message.trim()}`);
      }
    });
  }
}
