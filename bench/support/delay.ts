import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** Bytes that may be on their way through in one direction: more than any window that is measured. */
const maxOnTheWay = 64 * 1024 * 1024;

/** A relay that hands bytes on later: a long line on loopback. */
export interface Delay {
  /** Where it listens. */
  readonly port: number;
  /** Ends it. */
  close(): void;
}

/** Opens a relay to a port, with this delay in each direction. */
export async function openDelay(port: number, oneWayMs: number): Promise<Delay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      let onTheWay = 0;
      from.on("data", (bytes) => {
        onTheWay += bytes.length;
        if (onTheWay > maxOnTheWay) {
          from.pause();
        }
        setTimeout(() => {
          if (!to.destroyed) {
            to.write(bytes, () => {
              onTheWay -= bytes.length;
              from.resume();
            });
          }
        }, oneWayMs);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        setTimeout(() => to.destroy(), oneWayMs);
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
