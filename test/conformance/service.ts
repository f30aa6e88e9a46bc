import { setTimeout as wait } from "node:timers/promises";
import { create, type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import {
  BidiStreamRequestSchema,
  type BidiStreamResponse,
  BidiStreamResponseSchema,
  ClientStreamRequestSchema,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformancePayloadSchema,
  type ConformanceService,
  type Error as ErrorDefinition,
  type Header,
  HeaderSchema,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type ServerStreamResponse,
  ServerStreamResponseSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.js";

/** An error that the suite asked for, and wants to get as it is. */
export class WantedError extends ConnectError {}

/** The service of the suite, as its comments want it; `Unimplemented` is to be missing. */
export const service: Omit<ServiceImpl<typeof ConformanceService>, "unimplemented"> = {
  unary: (request, context) =>
    unary(request.responseDefinition, [anyPack(UnaryRequestSchema, request)], context),

  idempotentUnary: (request, context) =>
    unary(request.responseDefinition, [anyPack(IdempotentUnaryRequestSchema, request)], context),

  async clientStream(requests, context) {
    const seen: Any[] = [];
    let definition: UnaryResponseDefinition | undefined;
    for await (const request of requests) {
      if (seen.length === 0) {
        definition = request.responseDefinition;
      }
      seen.push(anyPack(ClientStreamRequestSchema, request));
    }
    return unary(definition, seen, context);
  },

  async *serverStream(request, context): AsyncGenerator<ServerStreamResponse> {
    const definition = request.responseDefinition;
    setHeaders(definition, context);
    const info = infoOf([anyPack(ServerStreamRequestSchema, request)], context);
    for (const [index, data] of definition?.responseData.entries() ?? []) {
      await wait(definition?.responseDelayMs, undefined, { signal: context.signal });
      yield create(ServerStreamResponseSchema, {
        payload: { data, ...(index === 0 && { requestInfo: info }) },
      });
    }
    if (definition?.error !== undefined) {
      throw wanted(definition.error, definition.responseData.length === 0 ? info : undefined);
    }
  },

  async *bidiStream(requests, context): AsyncGenerator<BidiStreamResponse> {
    let definition = undefined as StreamResponseDefinition | undefined;
    let isFirst = true;
    let isFullDuplex = false;
    let sent = 0;
    let seen: Any[] = [];
    const answer = async (): Promise<BidiStreamResponse> => {
      await wait(definition?.responseDelayMs, undefined, { signal: context.signal });
      const data = definition?.responseData[sent] ?? new Uint8Array();
      const requestInfo =
        sent === 0
          ? infoOf(seen, context)
          : isFullDuplex && seen.length > 0
            ? create(ConformancePayload_RequestInfoSchema, { requests: seen })
            : undefined;
      sent += 1;
      seen = [];
      return create(BidiStreamResponseSchema, { payload: { data, ...(requestInfo && { requestInfo }) } });
    };
    for await (const request of requests) {
      seen.push(anyPack(BidiStreamRequestSchema, request));
      if (isFirst) {
        isFirst = false;
        definition = request.responseDefinition;
        isFullDuplex = request.fullDuplex;
        setHeaders(definition, context);
      }
      if (isFullDuplex) {
        if (sent >= (definition?.responseData.length ?? 0)) {
          break;
        }
        yield await answer();
      }
    }
    while (sent < (definition?.responseData.length ?? 0)) {
      yield await answer();
    }
    if (definition?.error !== undefined) {
      throw wanted(definition.error, sent === 0 ? infoOf(seen, context) : undefined);
    }
  },
};

async function unary(
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
  context: HandlerContext,
) {
  const requestInfo = infoOf(requests, context);
  setHeaders(definition, context);
  await wait(definition?.responseDelayMs, undefined, { signal: context.signal });
  const { response } = definition ?? {};
  if (response?.case === "error") {
    throw wanted(response.value, requestInfo);
  }
  return {
    payload: create(ConformancePayloadSchema, {
      requestInfo,
      ...(response?.case === "responseData" && { data: response.value }),
    }),
  };
}

function infoOf(requests: Any[], context: HandlerContext): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: headersOf(context.requestHeader),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.floor(timeoutMs)) }),
    ...(context.requestMethod === "GET" && {
      connectGetInfo: { queryParams: headersOf(new URL(context.url).searchParams) },
    }),
  });
}

function headersOf(pairs: Iterable<[string, string]>): Header[] {
  return [...pairs].map(([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

function setHeaders(
  definition: UnaryResponseDefinition | StreamResponseDefinition | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  append(definition?.responseHeaders, responseHeader);
  append(definition?.responseTrailers, responseTrailer);
}

function append(from: readonly Header[] = [], to: Headers): void {
  for (const { name, value } of from) {
    for (const one of value) {
      to.append(name, one);
    }
  }
}

function wanted(error: ErrorDefinition, info: ConformancePayload_RequestInfo | undefined): WantedError {
  const seen = new WantedError(error.message ?? "", error.code as number as Code);
  seen.details = [
    ...error.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/.*\//, ""), value })),
    ...(info ? [detailOf(ConformancePayload_RequestInfoSchema, info)] : []),
  ];
  return seen;
}

function detailOf(schema: DescMessage, message: Message): { type: string; value: Uint8Array } {
  return { type: schema.typeName, value: toBinary(schema, message) };
}
