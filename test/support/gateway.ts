import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Test } from "tap";

/** One request that went through a gateway. */
export interface PassedRequest {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly status: number;
  /** Body of the request, as text. Tests send little. */
  readonly body: string;
}

interface Gathering {
  readonly method: string;
  readonly path: RegExp;
  readonly number: number;
  readonly arrived: (() => void)[];
}

interface Cut {
  readonly method: string;
  readonly path: RegExp;
  readonly meanwhile: (body: string) => unknown;
  readonly done: () => void;
  /** Whether the connection is cut in place of the answer. */
  readonly isLost: boolean;
}

/** A proxy before one service of a cloud: it counts what passes, and cuts connections on demand. */
export interface Gateway {
  /** Where Oaktree is to find the service. */
  readonly url: string;
  /** What has passed, in the order of the answers. */
  readonly passed: readonly PassedRequest[];
  /** How many requests of a method have passed to paths like this. */
  count(method: string, path: RegExp): number;
  /**
   * Lets the next such request through, then runs `meanwhile` and cuts the connection in place of
   * the answer. The promise is kept when that has happened.
   */
  cutNext(method: string, path: RegExp, meanwhile?: () => unknown): Promise<void>;
  /** Lets the next such request through, and its answer only after `meanwhile`. The promise is kept then. */
  delayNext(method: string, path: RegExp, meanwhile: (body: string) => unknown): Promise<void>;
  /** Holds the next such requests until there are so many of them, then lets them go together. */
  gather(number: number, method: string, path: RegExp): void;
}

/** Opens a gateway to a service, given by its endpoint. It goes away with the test. */
export async function openGateway(t: Test, endpoint: string): Promise<Gateway> {
  const target = new URL(endpoint);
  const passed: PassedRequest[] = [];
  const cuts: Cut[] = [];
  const gatherings: Gathering[] = [];
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = incoming;
    await gathered(gatherings, method, path);
    const content = await buffer(incoming);
    const body = content.toString();
    const answer = await forward(target, method, path, incoming, content);
    passed.push({ method, path, status: answer.status, body });
    const index = cuts.findIndex((cut) => cut.method === method && cut.path.test(path));
    const [cut] = index < 0 ? [] : cuts.splice(index, 1);
    if (cut !== undefined) {
      await cut.meanwhile(body);
      cut.done();
      if (cut.isLost) {
        response.destroy();
        return;
      }
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, "")}`,
    passed,
    count: (method, path) => passed.filter((one) => one.method === method && path.test(one.path)).length,
    cutNext: (method, path, meanwhile = () => {}) =>
      new Promise((done) => cuts.push({ method, path, meanwhile, done, isLost: true })),
    delayNext: (method, path, meanwhile) =>
      new Promise((done) => cuts.push({ method, path, meanwhile, done, isLost: false })),
    gather: (number, method, path) => gatherings.push({ number, method, path, arrived: [] }),
  };
}

async function gathered(gatherings: Gathering[], method: string, path: string): Promise<void> {
  const index = gatherings.findIndex((one) => one.method === method && one.path.test(path));
  const gathering = gatherings[index];
  if (gathering === undefined) {
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  gathering.arrived.push(resolve);
  if (gathering.arrived.length === gathering.number) {
    gatherings.splice(index, 1);
    for (const release of gathering.arrived) {
      release();
    }
  }
  await promise;
}

async function forward(target: URL, method: string, path: string, incoming: IncomingMessage, body: Buffer) {
  const outgoing = request({
    host: target.hostname,
    port: target.port,
    method,
    path,
    headers: { ...endToEnd(incoming), host: target.host, "content-length": body.length },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const content = await buffer(answer);
  return { status: answer.statusCode ?? 502, headers: endToEnd(answer), body: content };
}

/** The headers that are not about the connection (RFC 9110, 7.6.1); the length is that of the body as it is sent. */
function endToEnd({ headers }: IncomingMessage) {
  const { connection, "keep-alive": keepAlive, "transfer-encoding": encoding, ...rest } = headers;
  return rest;
}
