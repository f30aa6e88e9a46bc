import { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";

/** The ErrorInfo of a failed call, with its message. Throws if the call did not fail, or without one. */
export async function failure(call: Promise<unknown> | AsyncIterable<unknown>) {
  try {
    if (Symbol.asyncIterator in call) {
      for await (const _ of call) {
        // Only the end counts.
      }
    } else {
      await call;
    }
  } catch (error) {
    const connectError = ConnectError.from(error);
    const [info] = connectError.findDetails(ErrorInfoSchema);
    if (info === undefined) {
      throw new Error(`no ErrorInfo in: ${connectError.message}`);
    }
    return {
      code: connectError.code,
      message: connectError.rawMessage,
      reason: info.reason,
      metadata: info.metadata,
    };
  }
  throw new Error("the call did not fail");
}
