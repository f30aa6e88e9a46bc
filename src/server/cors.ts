import { cors as connect } from "@connectrpc/connect";
import fastifyCors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import { cloudHeader } from "../rpc/caller.ts";
import { requestIdHeader } from "../rpc/request-id.ts";

/** How long a browser may keep the answer to a preflight, in seconds: Chromium's most. */
const preflightSeconds = 7200;

/**
 * Lets pages of these origins call, by whatever protocol a browser can speak. No cookies: who calls is said
 * by a token that a page has to know.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  app.register(fastifyCors, {
    origin: [...origins],
    methods: connect.allowedMethods.map(String),
    allowedHeaders: [
      ...connect.allowedHeaders,
      "Authorization",
      "X-Auth-Token",
      cloudHeader,
      requestIdHeader,
      "Traceparent",
    ],
    exposedHeaders: [...connect.exposedHeaders, requestIdHeader, "Retry-After", "WWW-Authenticate"],
    maxAge: preflightSeconds,
    strictPreflight: false,
  });
}

/** An origin, as browsers write it. @throws Error for anything else */
export function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== text) {
    throw new Error(
      `${JSON.stringify(text)} is no origin to allow: it must be like https://dashboard.example, without a path`,
    );
  }
  return text;
}
