import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Nova's own limit of a page. */
const pageSize = 1000;

/** A Nova whose list of servers costs nothing to make. */
export interface CannedNova {
  /** Its versioned endpoint. */
  readonly url: string;
  /** The bodies of its pages. */
  readonly pages: string[];
  /** Ends it. */
  close(): Promise<void>;
}

/** Opens a Nova that answers its list of servers from memory, and sends all else to a real one. */
export async function openNova(behind: string, server: string, number: number): Promise<CannedNova> {
  const ids = Array.from(
    { length: number },
    (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  );
  const { id } = JSON.parse(server) as { id: string };
  let url = "";
  const pageAt = (start: number, limit: number): string => {
    const servers = ids.slice(start, start + limit).map((own) => server.replaceAll(id, own));
    const next = ids[start + limit - 1];
    const more =
      start + limit < number
        ? `,"servers_links":[{"rel":"next","href":"${url}/servers/detail?limit=${limit}&marker=${next}"}]`
        : "";
    return `{"servers":[${servers.join(",")}]${more}}`;
  };
  // What was asked for once is not made again.
  const bodies = new Map<string, Buffer>();
  const listener = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    if (!pathname.endsWith("/servers/detail")) {
      const headers = { "x-auth-token": String(request.headers["x-auth-token"] ?? "") };
      fetch(`${behind}${request.url}`, { headers })
        .then(async (answer) => {
          response.writeHead(answer.status, { "content-type": "application/json" });
          response.end((await answer.text()).replaceAll(behind, url.replace(/\/v2\.1$/, "")));
        })
        .catch(() => response.destroy());
      return;
    }
    const marker = searchParams.get("marker");
    const limit = Math.min(Number(searchParams.get("limit") ?? pageSize), pageSize);
    const start = marker === null ? 0 : ids.indexOf(marker) + 1;
    const key = `${start} ${limit}`;
    const body = bodies.get(key) ?? Buffer.from(pageAt(start, limit));
    bodies.set(key, body);
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/v2.1`;
  const pages = Array.from({ length: Math.ceil(number / pageSize) }, (_, index) =>
    pageAt(index * pageSize, pageSize),
  );
  return {
    url,
    pages,
    close: async () => {
      listener.close();
      listener.closeAllConnections();
      await once(listener, "close");
    },
  };
}
