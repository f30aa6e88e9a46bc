import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import {
  resourceMetadata,
  resourceMetadataPath,
  revokePath,
  serverMetadata,
  serverMetadataPath,
  tokenPath,
} from "../auth/metadata.ts";
import type { OAuthAnswer } from "../auth/oauth-error.ts";
import type { OAuthEndpoints, OAuthRequest } from "../auth/token-endpoint.ts";
import type { CallScope } from "../cloud/region.ts";

/** Longest form, in bytes; a Keystone token with a large catalogue reaches 8 KiB. */
const formBytes = 32 * 1024;
/** How long a request for a token may take, in milliseconds. */
const limitMs = 30_000;

/** Serves the OAuth endpoints and their metadata. */
export function serveOAuth(
  app: FastifyInstance,
  oauth: OAuthEndpoints,
  clouds: readonly string[],
  issuer: () => string,
  log: Logger,
): void {
  app.get(serverMetadataPath, () => serverMetadata(issuer(), clouds));
  app.get(resourceMetadataPath, () => resourceMetadata(issuer()));
  app.register(async (scope) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: formBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post(tokenPath, (request, reply) =>
      serve(request, reply, log, (from, to) => oauth.token(from, to)),
    );
    scope.post(revokePath, (request, reply) =>
      serve(request, reply, log, (from, to) => oauth.revoke(from, to)),
    );
  });
}

async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
  work: (request: OAuthRequest, scope: CallScope) => Promise<OAuthAnswer>,
): Promise<void> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(limitMs)]);
  const { body, query } = request;
  const { cloud } = query as { cloud?: string | string[] };
  const { authorization } = request.headers;
  const answer = await work(
    {
      body: typeof body === "string" ? body : "",
      authorization,
      cloud: typeof cloud === "string" && cloud !== "" ? cloud : undefined,
      address: request.ip,
    },
    { signal, deadline: Date.now() + limitMs, requestId: request.id },
  );
  // Neither the client nor its token: the path, which has no query worth a word, and how it ended.
  const { status } = answer;
  log.info({ requestId: request.id, path: request.routeOptions.url, status, error: answer.body?.error });
  // RFC 6749, section 5.1
  await reply
    .code(status)
    .headers({ "cache-control": "no-store", pragma: "no-cache", ...answer.headers })
    .send(answer.body);
}
