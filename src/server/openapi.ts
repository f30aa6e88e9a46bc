import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** The API for curl users, made from the schema by `npm run generate`. */
const document = readFileSync(new URL("../gen/openapi.json", import.meta.url));
const etag = `"${createHash("sha256").update(document).digest("base64url").slice(0, 22)}"`;

/** Serves the OpenAPI document at `/openapi.json`. It is the same for everybody, and takes no credential. */
export function serveOpenApi(app: FastifyInstance): void {
  app.get("/openapi.json", (request, reply) => {
    // Asked for again each time, for the next Oaktree at this address may be a newer one.
    reply.headers({ etag, "cache-control": "no-cache" });
    return request.headers["if-none-match"] === etag
      ? reply.code(304).send()
      : reply.type("application/json").send(document);
  });
}
