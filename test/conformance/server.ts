// The server that the suite tests: the front door of `oaktree serve`, with the
// suite's service behind it in place of the API. The suite says by stdin what it
// wants, and is told by stdout where it is.
import { once } from "node:events";
import { create, createRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { pino } from "pino";
import { toConnectError } from "../../src/rpc/errors.ts";
import { HealthState } from "../../src/rpc/health.ts";
import { createWiring, type Rpcs } from "../../src/rpc/wiring.ts";
import { type Ends, openFrontDoor } from "../../src/server/front-door.ts";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.js";
import {
  ConformanceService,
  file_connectrpc_conformance_v1_service,
} from "./gen/connectrpc/conformance/v1/service_pb.js";
import { service, WantedError } from "./service.ts";

/** Reads the one message that comes, behind its length. */
async function question(): Promise<ServerCompatRequest> {
  let seen = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    seen = Buffer.concat([seen, chunk as Buffer]);
    if (seen.length >= 4 && seen.length >= 4 + seen.readUInt32BE()) {
      break;
    }
  }
  return fromBinary(ServerCompatRequestSchema, seen.subarray(4, 4 + seen.readUInt32BE()));
}

const { useTls, serverCreds, clientTlsCert, messageReceiveLimit } = await question();

function rpcs(ends: Ends): Rpcs {
  const wiring = createWiring({
    ...ends,
    authenticate: () => {
      throw new Error("the suite has no credentials");
    },
    isOpen: () => true,
    readMaxBytes: messageReceiveLimit || undefined,
    registry: createRegistry(file_connectrpc_conformance_v1_service),
  });
  const { method } = ConformanceService;
  wiring.serve(method.unary, service.unary);
  wiring.serve(method.idempotentUnary, service.idempotentUnary);
  wiring.serve(method.clientStream, service.clientStream);
  wiring.serve(method.serverStream, service.serverStream);
  wiring.serve(method.bidiStream, service.bidiStream);
  return wiring;
}

const server = await openFrontDoor({
  listen: { host: "127.0.0.1", port: 0 },
  tls:
    useTls && serverCreds
      ? {
          cert: Buffer.from(serverCreds.cert),
          key: Buffer.from(serverCreds.key),
          ...(clientTlsCert.length > 0 && { clientCa: Buffer.from(clientTlsCert) }),
        }
      : undefined,
  rpcs,
  health: new HealthState([ConformanceService.typeName]),
  log: pino({ enabled: false }),
  toSeen: (error, ...rest) => {
    if (error instanceof WantedError) {
      return error;
    }
    // The suite counts details, which the protocols leave free. Those that all errors of Oaktree have are
    // held by test/server/error-details.test.ts.
    const seen = toConnectError(error, ...rest);
    seen.details = [];
    return seen;
  },
  readMaxBytes: messageReceiveLimit || undefined,
});
const answer = toBinary(
  ServerCompatResponseSchema,
  create(ServerCompatResponseSchema, {
    host: "127.0.0.1",
    port: server.port,
    ...(useTls && { pemCert: serverCreds?.cert ?? new Uint8Array() }),
  }),
);
const length = Buffer.alloc(4);
length.writeUInt32BE(answer.length);
process.stdout.write(Buffer.concat([length, answer]));
await once(process, "SIGTERM");
await server.close();
