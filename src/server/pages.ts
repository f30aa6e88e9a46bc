import { existsSync } from "node:fs";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

// The page keeps a credential, so it runs its own files only, talks to this
// server only, and cannot be framed.
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Serves the built dashboard at `/`, if it has been built. */
export function servePages(app: FastifyInstance, folder: string): void {
  if (existsSync(folder)) {
    app.register(fastifyStatic, {
      root: folder,
      setHeaders: (reply) => {
        reply.headers(headers);
      },
    });
  }
}
