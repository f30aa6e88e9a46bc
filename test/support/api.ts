import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import type { Call } from "../../src/cloud/region.ts";
import { createHandlers, type HandlerOptions } from "../../src/handlers.ts";
import type { UnaryHandler } from "../../src/rest/handler.ts";

/** The handlers of the whole API, without a server around them. */
export function api(options: Partial<HandlerOptions> = {}) {
  const handlers = createHandlers({ sealKey: new Uint8Array(32), ...options });
  return {
    handlers,
    /** Calls one unary RPC, given by its method of the generated service. */
    async call<I extends DescMessage, O extends DescMessage>(
      method: { parent: { typeName: string }; name: string; input: I; output: O },
      request: MessageInitShape<I>,
      call: Call,
    ): Promise<MessageShape<O>> {
      const handler = handlers.get(`${method.parent.typeName}.${method.name}`) as UnaryHandler | undefined;
      if (handler === undefined) {
        throw new Error(`no handler for ${method.name}`);
      }
      return (await handler(create(method.input, request), call)) as MessageShape<O>;
    },
  };
}
