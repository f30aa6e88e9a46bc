import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ConnectionError } from "fastify";
import { Fault } from "../cloud/fault.ts";
import { toConnectError } from "../rpc/errors.ts";
import type { Refuse } from "../rpc/refusal.ts";
import { requestIdHeader, requestIdOf } from "../rpc/request-id.ts";

/**
 * Answers what HTTP/1.1 could not make a request of, such as headers without an
 * end, in the JSON of every other error; and hangs up.
 */
export function createClientErrorHandler(refuse: Refuse): (error: ConnectionError, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, message } = answers[error.code] ?? {
      status: 400,
      message: "this is no HTTP request that can be read",
    };
    void write(socket, status, new Fault("INVALID_REQUEST", message), refuse);
  };
}

/** What Fastify refuses before a route sees it is wrong in the request, and no defect. */
export function ofFastify(error: unknown): { fault: unknown; status?: number } {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  return code?.startsWith("FST_ERR_") && statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? { fault: new Fault("INVALID_REQUEST", String(message)), status: statusCode }
    : { fault: error };
}

const answers: Readonly<Record<string, { status: number; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    message: "request line and headers are more than 32 KiB; a long request goes into the body of a POST",
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: "the request's headers did not come in time" },
};

async function write(socket: Socket, status: number, fault: Fault, refuse: Refuse): Promise<void> {
  const requestId = requestIdOf(undefined);
  const { body } = await refuse("", toConnectError(fault, requestId));
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `${requestIdHeader}: ${requestId}`,
    "content-type: application/json",
    `content-length: ${content.length}`,
    "connection: close",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.end(content, () => socket.destroy());
}
