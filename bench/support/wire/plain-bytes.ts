import type { Sink } from "./counters.ts";
import { http1, writeAgain } from "./http1.ts";

const mebibyte = 1024 * 1024;

/** GETs bytes. @throws Error when other than `size` come. */
export async function get(
  port: number,
  path: string,
  size: number,
  headers = {},
  host?: string,
): Promise<void> {
  let count = 0;
  const sink: Sink = (_buffer, start, end) => {
    count += end - start;
  };
  await http1({ port, path, method: "GET", headers, sink, ...(host !== undefined && { host }) });
  if (count !== size) {
    throw new Error(`${count} bytes came instead of ${size}`);
  }
}

/** PUTs bytes, in writes of 1 MiB. */
export async function put(
  port: number,
  path: string,
  size: number,
  headers = {},
  host?: string,
): Promise<void> {
  const part = new Uint8Array(mebibyte);
  await http1({
    port,
    path,
    method: "PUT",
    headers: { "content-length": String(size), ...headers },
    sink: () => {},
    send: (socket) => writeAgain(socket, [part], size / mebibyte),
    ...(host !== undefined && { host }),
  });
}
