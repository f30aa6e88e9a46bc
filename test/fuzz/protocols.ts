import { once } from "node:events";
import { Agent, request as http1Request, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";

/** One request, as the wire sees it. */
export interface WireRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a server answered: an HTTP status, and the code of the protocol where there was one. */
export interface Outcome {
  /** HTTP status; 0 when the connection or the stream ended without an answer. */
  readonly status: number;
  /** `ok` or the error's name in Connect's spelling; empty when the answer has none. */
  readonly code: string;
}

/** After how many milliseconds a caller leaves: longer than the deadlines that requests carry. */
const patienceMs = 20_000;

/** How it ended for a caller that left. */
const abandoned: Outcome = { status: 0, code: "abandoned" };

/** gRPC's codes in Connect's spelling, by number. */
const codes = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** Sends requests over HTTP/1.1 and HTTP/2, over connections that are made again when the server closes them. */
export class Sender {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  #session: ClientHttp2Session | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends over HTTP/1.1. */
  async http1({ path, method, headers, body }: WireRequest): Promise<Outcome> {
    const signal = AbortSignal.timeout(patienceMs);
    const request = http1Request(`${this.#url}${path}`, { method, headers, agent: this.#agent, signal });
    // What is not read of a refused body ends the connection.
    request.on("error", () => {});
    request.end(body);
    const response = await new Promise<IncomingMessage | undefined>((resolve) => {
      request.once("response", resolve);
      request.once("close", () => resolve(undefined));
    });
    if (response === undefined) {
      return signal.aborted ? abandoned : { status: 0, code: "" };
    }
    const bytes = Buffer.concat(await response.toArray().catch(() => []));
    return signal.aborted
      ? abandoned
      : outcomeOf(response.statusCode ?? 0, response.headers, response.trailers, bytes);
  }

  /** Sends over HTTP/2. */
  async http2({ path, method, headers, body }: WireRequest): Promise<Outcome> {
    const signal = AbortSignal.timeout(patienceMs);
    const stream = this.#connected().request(
      { ":method": method, ":path": path, te: "trailers", ...headers },
      { endStream: body.length === 0, signal },
    );
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (given) => {
      head = given;
    });
    stream.on("trailers", (given) => {
      trailers = given;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {});
    if (body.length > 0) {
      stream.end(body);
    }
    if (!stream.closed) {
      await once(stream, "close").catch(() => {});
    }
    return signal.aborted
      ? abandoned
      : outcomeOf(Number(head[":status"] ?? 0), head, trailers, Buffer.concat(chunks));
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }

  #connected(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#url);
      this.#session.on("error", () => {});
    }
    return this.#session;
  }
}

function outcomeOf(
  status: number,
  head: NodeJS.Dict<string | string[]>,
  trailers: NodeJS.Dict<string | string[]>,
  body: Buffer,
): Outcome {
  const type = String(head["content-type"] ?? "");
  const inBody = /grpc-status: ?(\d+)/i.exec(
    type.startsWith("application/grpc-web") ? body.toString("latin1") : "",
  );
  const grpc = trailers["grpc-status"] ?? head["grpc-status"] ?? inBody?.[1];
  if (grpc !== undefined) {
    return { status, code: codes[Number(grpc)] ?? `grpc-status ${grpc}` };
  }
  const json = /"code":"(\w+)"/.exec(body.toString("latin1"));
  return {
    status,
    code: status >= 400 || type.startsWith("application/connect+") ? (json?.[1] ?? "") : "ok",
  };
}
