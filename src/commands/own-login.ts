import { randomBytes, randomUUID } from "node:crypto";
import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import { createHandlers } from "../handlers.ts";
import type { UnaryHandler } from "../rest/handler.ts";
import { CommandError } from "./exit-codes.ts";
import { openClouds } from "./open-clouds.ts";
import { UsageError } from "./usage-error.ts";

/** How long one call may take, in milliseconds. */
const limitMs = 60_000;

/** Options of commands that use it, for parseArgs. */
export const loginOptions = {
  clouds: { type: "string" },
  cloud: { type: "string", default: "" },
} as const;

/** Their help. */
export const loginHelp = `  --clouds FILE        The clouds.yaml whose login is used, where it is not found by itself
  --cloud NAME         The cloud in it, where it has several
`;

/** A method of the API, as the generated services have it. */
interface Method<I extends DescMessage, O extends DescMessage> {
  readonly parent: { readonly typeName: string };
  readonly name: string;
  readonly input: I;
  readonly output: O;
}

/** The API as clouds.yaml's own login has it, without a server between. */
export interface OwnLogin {
  /** Makes one call. @throws CommandError for what the cloud refuses. */
  call<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
}

/** Runs something as clouds.yaml's own login. */
export async function withOwnLogin(
  file: string | undefined,
  signal: AbortSignal,
  work: (login: OwnLogin) => Promise<void>,
): Promise<void> {
  const { clouds, close } = await openClouds(file);
  try {
    if (!clouds.hasCredentials) {
      throw new UsageError("clouds.yaml holds no credentials; this needs the login of a person");
    }
    const handlers = createHandlers({ sealKey: randomBytes(32) });
    await work({
      call: async ({ parent, name, input }, request) => {
        const handler = handlers.get(`${parent.typeName}.${name}`) as UnaryHandler;
        const scope = {
          caller: clouds.personal(),
          signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
          deadline: Date.now() + limitMs,
          requestId: `req-${randomUUID()}`,
        };
        try {
          return (await handler(create(input, request), scope)) as never;
        } catch (error) {
          throw isFault(error)
            ? new CommandError(error.message, error.reason === "NOT_FOUND" ? 4 : 1)
            : error;
        }
      },
    });
  } finally {
    await close();
  }
}
