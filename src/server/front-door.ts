import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { Fault } from "../cloud/fault.ts";
import type { HealthState } from "../rpc/health.ts";
import { createRefuse } from "../rpc/refusal.ts";
import { requestIdHeader, requestIdOf } from "../rpc/request-id.ts";
import type { Rpcs } from "../rpc/wiring.ts";
import { type Address, urlOf } from "./address.ts";
import { createClientErrorHandler, ofFastify } from "./client-errors.ts";
import { type MountOptions, mountRpcs, refuseRequest } from "./connect.ts";
import { allowOrigins } from "./cors.ts";
import { type Guard, hasHost } from "./guard.ts";
import { type FrontLimits, graceMs, usualLimits } from "./limits.ts";
import { createListener, type Listener, type OpenConnections, type Tls } from "./listener.ts";

/** When calls are to end. */
export interface Ends {
  /** Ends the calls that answer with a stream, for which there is no waiting at shutdown. */
  readonly endStreams: AbortSignal;
  /** Ends all calls. */
  readonly endCalls: AbortSignal;
}

/** What a front door is made of, whichever RPCs are behind it. */
export interface FrontDoorOptions extends Omit<MountOptions, "refuse" | "requestMs"> {
  /** Where to listen. */
  readonly listen: Address;
  /** Certificate and key. Without them the port is clear text. */
  readonly tls?: Tls | undefined;
  /** The RPCs. */
  readonly rpcs: (ends: Ends) => Rpcs;
  /** Is told to stop, and answers `/readyz`. */
  readonly health: HealthState;
  /** Refuses requests of foreign web pages. */
  readonly guard?: Guard | undefined;
  /** Origins of web pages elsewhere that may call; none if left out. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Proxies that are believed what `X-Forwarded-For` says; none if left out. */
  readonly trustProxy?: readonly string[] | undefined;
  /** What callers may take; the usual if left out. */
  readonly limits?: FrontLimits | undefined;
  /** Registers what is served besides the RPCs. */
  readonly routes?: (app: FastifyInstance) => void;
  /** How long calls may go on after `close`, in milliseconds; nine seconds if left out. */
  readonly graceMs?: number | undefined;
}

/** A server that listens. */
export interface RunningServer {
  /** Its address, without a path. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** How many connections are open now. */
  open(): OpenConnections;
  /** Uses these for connections to come; where it was started with TLS. */
  renewTls(tls: Tls): void;
  /** Stops gracefully, in little more than `graceMs` at most. */
  close(): Promise<void>;
}

/** Opens the port, and takes requests to RPCs and pages. @throws Error when it cannot listen. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<RunningServer> {
  const { listen, tls, health, guard, limits = usualLimits, allowedOrigins = [] } = options;
  const endStreams = new AbortController();
  const endCalls = new AbortController();
  const rpcs = options.rpcs({ endStreams: endStreams.signal, endCalls: endCalls.signal });
  const mount: MountOptions = {
    ...options,
    refuse: createRefuse(),
    requestMs: limits["request-seconds"] * 1000,
  };

  let listener: Listener | undefined;
  const app = fastify({
    serverFactory: (onRequest) => {
      listener = createListener(onRequest, tls, limits);
      return listener.server;
    },
    trustProxy: options.trustProxy === undefined ? false : [...options.trustProxy],
    genReqId: (request) => requestIdOf(request.headers[requestIdHeader]),
    // What is on its way is answered; new callers are sent elsewhere by health and GOAWAY.
    return503OnClosing: false,
    clientErrorHandler: createClientErrorHandler(mount.refuse),
  });
  if (listener === undefined) {
    throw new Error("Fastify made no server");
  }
  const { server, closeIdle, closeSessions, destroy, open, renewTls } = listener;

  // Nothing here reads bodies of its own accord: a call of an unknown RPC is refused for that, not for its body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  let stopping = false;
  app.addHook("onRequest", async (request, reply) => {
    reply.raw.setHeader(requestIdHeader, request.id);
    reply.raw.setHeader("x-content-type-options", "nosniff");
    // What a GET shows is its caller's alone. A cache would not know that of tokens in x-auth-token
    // (RFC 9111, section 3.5); what is for everybody says so itself.
    reply.raw.setHeader("cache-control", "no-store");
    reply.raw.once("close", () => {
      // Its connection would wait for a next request, and the stop for it.
      if (stopping) {
        setImmediate(closeIdle);
      }
    });
    try {
      if (!hasHost(request.raw)) {
        throw new Fault("INVALID_REQUEST", "the request does not say for which host it is");
      }
      guard?.(request.raw);
    } catch (error) {
      await refuseRequest(request, reply, error, mount);
    }
  });
  if (allowedOrigins.length > 0) {
    allowOrigins(app, allowedOrigins);
  }
  app.get("/livez", () => "ok\n");
  app.get("/readyz", (_request, reply) =>
    reply.code(health.serving ? 200 : 503).send(health.serving ? "ok\n" : "stopping\n"),
  );
  options.routes?.(app);
  mountRpcs(app, rpcs, mount);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*/s, "").slice(0, 200);
    const fault = isRpc(request, path)
      ? new Fault("UNKNOWN_METHOD", `this Oaktree has no RPC ${JSON.stringify(path)}`)
      : new Fault("NOT_FOUND", `there is nothing at ${JSON.stringify(path)}`);
    return refuseRequest(request, reply, fault, mount, 404);
  });
  app.setErrorHandler((error, request, reply) => {
    const { fault, status } = ofFastify(error);
    return refuseRequest(request, reply, fault, mount, status);
  });

  app.addHook("preClose", (done) => {
    stopping = true;
    health.stop();
    endStreams.abort(stopped());
    closeSessions();
    done();
  });
  await app.listen({ host: listen.host, port: listen.port });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : listen.port;

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const grace = options.graceMs ?? graceMs;
    // The last second is for answers to leave.
    const late = setTimeout(() => endCalls.abort(stopped()), grace * 0.9);
    const hard = setTimeout(destroy, grace);
    try {
      await app.close();
    } finally {
      clearTimeout(late);
      clearTimeout(hard);
    }
  };
  return {
    url: urlOf({ host: listen.host, port }, tls !== undefined),
    port,
    open,
    renewTls,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Whether the request was meant to be an RPC: `/package.Service/Method`. */
function isRpc({ method, headers }: FastifyRequest, path: string): boolean {
  return /^application\/(grpc|connect)/.test(headers["content-type"] ?? "") || method === "POST"
    ? /^\/[\w.]+\/\w+$/.test(path)
    : /^\/\w+(\.\w+)+\/\w+$/.test(path);
}

function stopped(): Fault {
  return new Fault("SHUTTING_DOWN", "this Oaktree is shutting down");
}
