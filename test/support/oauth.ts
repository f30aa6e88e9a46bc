import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { Test } from "tap";
import { Clouds, type CloudsOptions } from "../../src/cloud/clouds.ts";
import { createHandlers } from "../../src/handlers.ts";
import { startServer } from "../../src/server/start.ts";
import type { Pair } from "./keystone.ts";
import { temporaryFile } from "./temporary-file.ts";
import type { World } from "./worlds.ts";

/** What differs from the usual in an Oaktree of these tests. */
export interface OAuthOptions extends CloudsOptions {
  /** Keys that seal its tokens. */
  readonly keys?: readonly Uint8Array[];
}

/**
 * An Oaktree in shared use, of the two clouds `one` and `two`, which are the same
 * Keystone. It asks Keystone about a token at every call, unless told otherwise.
 */
export async function oauthOaktree(t: Test, world: World, options: OAuthOptions = {}) {
  const { keys = [new Uint8Array(32).fill(1)], ...more } = options;
  const url = world.clouds.demo?.auth.auth_url ?? "";
  const yaml = `clouds:\n${["one", "two"]
    .map((name) => `  ${name}: {auth: {auth_url: "${url}"}, region_name: RegionOne}\n`)
    .join("")}`;
  const file = await temporaryFile(t, "clouds.yaml", yaml);
  const clouds = await Clouds.load({ file, env: {}, limits: { validatedMs: 0 }, ...more });
  t.teardown(() => clouds.close());
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({ sealKey: new Uint8Array(32) }),
    clouds,
    oauth: { signIns: clouds, keys },
  });
  t.teardown(() => server.close());
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: text === "" ? {} : JSON.parse(text) };
  };
  const call = async (
    method: string,
    token: string,
    headers: Record<string, string> = {},
    service = "ComputeService",
  ) => {
    const response = await fetch(`${server.url}/oaktree.v1.${service}/${method}`, {
      method: "POST",
      body: method === "DeleteServer" ? '{"nameOrId":"nobody","allowMissing":true}' : "{}",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    });
    const json = (await response.json()) as { details?: { debug?: { reason?: string } }[] };
    return {
      status: response.status,
      challenge: response.headers.get("www-authenticate"),
      reason: json.details?.[0]?.debug?.reason,
      json,
    };
  };
  const login = async ({ id, secret }: Pair, more: Record<string, string> = {}) => {
    const form = { grant_type: "client_credentials", client_id: `one/${id}`, client_secret: secret, ...more };
    return await post("/oauth/token", form);
  };
  /** Signs in, and makes gRPC clients that send the token. */
  const signedIn = async (pair: Pair) => {
    const token: string = (await login(pair)).json.access_token;
    const interceptors: Interceptor[] = [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${token}`);
        return next(request);
      },
    ];
    const transport = createGrpcTransport({ baseUrl: server.url, interceptors });
    return <S extends DescService>(service: S): Client<S> => createClient(service, transport);
  };
  return { url: server.url, post, call, login, signedIn };
}
