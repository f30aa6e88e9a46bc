import { once } from "node:events";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { FastifyReply } from "fastify";
import type { CallRecord } from "../rpc/call-record.ts";
import type { Payloads } from "../rpc/payloads.ts";
import { stalledMs } from "./limits.ts";
import { writePayloads } from "./payload-writer.ts";
import { counted } from "./request-body.ts";

/** Writes an answer of Connect's to its end, or until the caller goes. Never rejects. */
export async function writeUniversal(
  answer: UniversalServerResponse,
  reply: FastifyReply,
  record: CallRecord,
  payloads?: Payloads,
  patienceMs = stalledMs,
): Promise<void> {
  const count = (bytes: number): void => {
    record.bytesOut += bytes;
  };
  try {
    if (payloads?.outgoing) {
      await writePayloads(answer, reply.raw, payloads.outgoing, { count, stalledMs: patienceMs });
      return;
    }
    const body = answer.body && counted(answer.body, count);
    const left = once(reply.raw, "close");
    // Connect's own promise never settles when all goes well: it waits for an event that responses do not have.
    await Promise.race([
      universalResponseToNodeResponse({ ...answer, ...(body && { body }) }, reply.raw),
      left,
    ]);
  } catch (error) {
    // The caller went away while the answer was written; the record sees it by the answer's close.
    record.fail(error);
    reply.raw.destroy();
  }
}
