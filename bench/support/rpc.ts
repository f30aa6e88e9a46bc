import { type ClientHttp2Session, connect } from "node:http2";
import { create, type DescMethod, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { Pool } from "undici";
import { token } from "./processes.ts";

/** A call that can be sent again and again: its bytes are made once, so that the client costs little. */
export interface ReadyCall {
  /** Sends it; the answer's bytes, without its frame. @throws Error when it fails. */
  send(): Promise<Uint8Array>;
  /** Closes the connections. */
  close(): Promise<void>;
}

/** The ways in which calls are sent. */
export type Way = "JSON" | "gRPC-Web" | "gRPC";

/** Makes a call of a unary RPC. */
export function readyCall<M extends DescMethod>(
  url: string,
  way: Way,
  method: M,
  request: MessageInitShape<M["input"]>,
): ReadyCall {
  const message = create(method.input, request);
  const path = `/${method.parent.typeName}/${method.name}`;
  switch (way) {
    case "JSON":
      return http1(url, path, "application/json", Buffer.from(toJsonString(method.input, message)));
    case "gRPC-Web":
      return http1(
        url,
        path,
        "application/grpc-web+proto",
        framed(toBinary(method.input, message)),
        unframed,
      );
    case "gRPC":
      return grpc(url, path, framed(toBinary(method.input, message)));
  }
}

/** A plain GET, as a client of OpenStack's sends it. */
export function readyGet(url: string, headers: Record<string, string>): ReadyCall {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections: 64 });
  return {
    send: async () => {
      const { statusCode, body } = await pool.request({ path: pathname + search, method: "GET", headers });
      const bytes = await body.bytes();
      if (statusCode !== 200) {
        throw new Error(`HTTP ${statusCode}: ${Buffer.from(bytes)}`);
      }
      return bytes;
    },
    close: () => pool.close(),
  };
}

function http1(
  url: string,
  path: string,
  type: string,
  body: Uint8Array,
  open = (bytes: Uint8Array) => bytes,
): ReadyCall {
  const pool = new Pool(url, { connections: 64 });
  const headers = { authorization: `Bearer ${token}`, "content-type": type };
  return {
    send: async () => {
      const answer = await pool.request({ path, method: "POST", headers, body });
      const bytes = await answer.body.bytes();
      if (answer.statusCode !== 200) {
        throw new Error(`HTTP ${answer.statusCode}: ${Buffer.from(bytes)}`);
      }
      return open(bytes);
    },
    close: () => pool.close(),
  };
}

function grpc(url: string, path: string, body: Uint8Array): ReadyCall {
  const session: ClientHttp2Session = connect(url);
  const headers = {
    ":method": "POST",
    ":path": path,
    te: "trailers",
    authorization: `Bearer ${token}`,
    "content-type": "application/grpc",
  };
  return {
    send: () =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        const chunks: Buffer[] = [];
        let status: unknown;
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("response", (head) => {
          status = head["grpc-status"];
        });
        stream.on("trailers", (trailers) => {
          status = trailers["grpc-status"];
        });
        stream.on("error", reject);
        stream.on("close", () => {
          if (status === "0") {
            resolve(Buffer.concat(chunks).subarray(5));
          } else {
            reject(new Error(`grpc-status ${status}`));
          }
        });
        stream.end(body);
      }),
    close: async () => session.destroy(),
  };
}

function framed(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function unframed(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(5, 5 + Buffer.from(bytes.buffer, bytes.byteOffset, 5).readUInt32BE(1));
}
