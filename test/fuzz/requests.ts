import { type DescMethod, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";
import { apiServices } from "../../src/rpc/schema.ts";
import { arbitraryMessage } from "../support/arbitrary-message.ts";
import { mutate, mutations } from "./mutate.ts";
import type { WireRequest } from "./protocols.ts";

/** A request to send, over which HTTP, and what it was made of. */
export interface FuzzRequest extends WireRequest {
  readonly http: "http1" | "http2";
  /** Whether it is a whole and valid message in its protocol, whatever its fields say. */
  readonly isWhole: boolean;
}

const methods = apiServices.flatMap((service): DescMethod[] => service.methods);

/** Ways in which RPCs are sent, and headers that good and bad clients send beside them. */
const kinds = ["connect json", "connect proto", "connect get", "grpc", "grpc-web", "connect stream"] as const;

const oddHeaders = fc.dictionary(
  fc.constantFrom(
    "content-encoding",
    "grpc-encoding",
    "grpc-accept-encoding",
    "connect-protocol-version",
    "accept",
    "traceparent",
    "x-request-id",
    "x-oaktree-cloud",
    "grpc-timeout",
    "connect-timeout-ms",
  ),
  fc.oneof(
    fc.constantFrom("gzip", "br", "identity", "zstd", "1", "0", "-1", "99999999999H", "5S", "*/*"),
    fc.stringMatching(/^[ -~]{0,30}$/),
  ),
  { maxKeys: 2 },
);

/** Requests for every RPC in every protocol, most of them wrong in some way. None waits for longer than a second. */
export function fuzzRequests(token: string): Arbitrary<FuzzRequest> {
  return fc.constantFrom(...methods).chain((method) =>
    fc
      .record({
        kind: fc.constantFrom(...kinds),
        http: fc.constantFrom("http1" as const, "http2" as const),
        message: arbitraryMessage(method.input),
        changes: mutations,
        envelope: mutations,
        odd: fc.option(oddHeaders, { nil: undefined, freq: 4 }),
      })
      .map(({ kind, http, message, changes, envelope, odd }): FuzzRequest => {
        const isWhole = changes.length === 0 && envelope.length === 0 && odd === undefined;
        const base = { ...shape(kind, method, message, changes, envelope), isWhole };
        const headers = { authorization: `Bearer ${token}`, ...timeout(kind), ...base.headers, ...odd };
        return { ...base, headers, http: kind === "grpc" ? "http2" : http };
      }),
  );
}

function timeout(kind: (typeof kinds)[number]): Record<string, string> {
  return kind.startsWith("grpc") ? { "grpc-timeout": "1S" } : { "connect-timeout-ms": "1000" };
}

function shape(
  kind: (typeof kinds)[number],
  method: DescMethod,
  message: Message,
  changes: Parameters<typeof mutate>[1],
  envelope: Parameters<typeof mutate>[1],
): WireRequest {
  const path = `/${method.parent.typeName}/${method.name}`;
  const binary = () => mutate(toBinary(method.input, message), changes);
  const json = () => mutate(Buffer.from(jsonOf(method, message)), changes);
  const post = (type: string, body: Uint8Array): WireRequest => ({
    path,
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  switch (kind) {
    case "connect json":
      return post("application/json", json());
    case "connect proto":
      return post("application/proto", binary());
    case "connect get": {
      const query = new URLSearchParams({
        encoding: "json",
        message: Buffer.from(json()).toString("latin1"),
      });
      return { path: `${path}?${query}`, method: "GET", headers: {}, body: new Uint8Array() };
    }
    case "grpc":
      return post("application/grpc", mutate(framed(binary()), envelope));
    case "grpc-web":
      return post("application/grpc-web+proto", mutate(framed(binary()), envelope));
    case "connect stream":
      return post("application/connect+json", mutate(framed(json()), envelope));
  }
}

/** Numbers that are none are no JSON; such a message is sent empty. */
function jsonOf(method: DescMethod, message: Message): string {
  try {
    return toJsonString(method.input, message);
  } catch {
    return "{}";
  }
}

function framed(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
