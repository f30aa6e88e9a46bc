import { type DescMethod, type DescMethodUnary, type Registry, ScalarType } from "@bufbuild/protobuf";
import { type ConnectRouter, createConnectRouter, type MethodImpl } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { createValidateInterceptor } from "@connectrpc/validate";
import type { Authenticate } from "./caller.ts";
import { createAdmit, createGate } from "./gate.ts";
import { defaultReadMaxBytes, withPayloads } from "./payloads.ts";
import { settle } from "./settle.ts";
import { UnaryRpc } from "./unary-rpc.ts";

/** What holds for all RPCs of a server. */
export interface WiringOptions {
  /** Works out who calls. */
  readonly authenticate: Authenticate;
  /** Whether a service needs no credential. */
  readonly isOpen: (service: string) => boolean;
  /** Ends the calls that answer with a stream, for which there is no waiting at shutdown. */
  readonly endStreams: AbortSignal;
  /** Ends all calls. */
  readonly endCalls: AbortSignal;
  /** The largest message that a caller may send; 4 MiB if left out. */
  readonly readMaxBytes?: number | undefined;
  /** The messages that may stand in an `Any`, which JSON spells out; none if left out. */
  readonly registry?: Registry | undefined;
}

/** The RPCs of a server. */
export interface Rpcs {
  /** Has a handler for each RPC that was registered. */
  readonly router: ConnectRouter;
  /** Each unary RPC that was registered by `serve`, by the path of its URL, without Connect around it. */
  readonly unary: ReadonlyMap<string, UnaryRpc>;
}

/** How RPCs are served, whichever they are. */
export interface Wiring extends Rpcs {
  /** Registers an RPC, with what holds for its kind. */
  serve<M extends DescMethod>(method: M, implementation: MethodImpl<M>): void;
}

/** No message is as large: nothing is compressed. */
const neverCompress = 0xffffffff;

/** One for all of a process: it compiles the rules of each message once, when it is first seen. */
const validate = createValidateInterceptor();

/** Makes the wiring, for gRPC, gRPC-Web and Connect. */
export function createWiring(options: WiringOptions): Wiring {
  const {
    authenticate,
    isOpen,
    endStreams,
    endCalls,
    readMaxBytes = defaultReadMaxBytes,
    registry,
  } = options;
  const admit = createAdmit(authenticate, isOpen);
  // The first is the outermost: what validation refuses is settled like any error.
  const interceptors = [settle, validate];
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes,
    // A misspelt `dryRun` or status that is passed over in silence does what nobody asked for.
    jsonOptions: { ignoreUnknownFields: false, ...(registry && { registry }) },
    requestGate: createGate(admit),
    interceptors,
    shutdownSignal: endCalls,
  });
  const unary = new Map<string, UnaryRpc>();
  return {
    router,
    unary,
    serve(method, implementation) {
      if (isUnary(method)) {
        const path = `/${method.parent.typeName}/${method.name}`;
        const rpc = { admit, interceptors, endCalls, readMaxBytes, registry };
        unary.set(path, new UnaryRpc(method, implementation as MethodImpl<DescMethodUnary>, rpc));
        router.rpc(method, implementation);
        return;
      }
      router.rpc(method, withPayloads(implementation), {
        ...(endsAtOnce(method) && { shutdownSignal: endStreams }),
        ...(streamsBytes(method) && { compressMinBytes: neverCompress }),
      });
    },
  };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

/** Waits and downloads are asked again elsewhere; uploads and unary calls have a result to lose. */
function endsAtOnce(method: DescMethod): boolean {
  return method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming";
}

/** Compressing images costs more time than it saves: measured, it caps an upload at 14 MiB/s. */
function streamsBytes(method: DescMethod): boolean {
  return (
    endsAtOnce(method) &&
    method.output.fields.some((field) => field.fieldKind === "scalar" && field.scalar === ScalarType.BYTES)
  );
}
