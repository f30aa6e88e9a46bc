import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import type { Limits } from "../../src/cloud/limits.ts";
import { createHandlers } from "../../src/handlers.ts";
import { startServer } from "../../src/server/start.ts";
import { temporaryFile } from "./temporary-file.ts";

const token = "oaktree-before-token";

/** Makes clients that send these headers; without any, those of personal use. */
export type ClientOf = <S extends DescService>(service: S, headers?: Record<string, string>) => Client<S>;

/** An Oaktree before the clouds of a clouds.yaml; personal use where that holds credentials. It goes away with the test. */
export async function oaktreeBefore(
  t: Test,
  cloudsYaml: string,
  limits: Partial<Limits> = {},
): Promise<ClientOf> {
  const file = await temporaryFile(t, "clouds.yaml", cloudsYaml);
  const clouds = await Clouds.load({ file, env: {}, limits });
  t.teardown(() => clouds.close());
  const polls = { minIntervalMs: 20, maxIntervalMs: 20 };
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({ sealKey: new Uint8Array(32), compute: { polls } }),
    clouds,
    token,
  });
  t.teardown(() => server.close());
  return (service, headers = { authorization: `Bearer ${token}` }) =>
    createClient(
      service,
      createGrpcTransport({
        baseUrl: server.url,
        interceptors: [
          (next) => (request) => {
            for (const [name, value] of Object.entries(headers)) {
              request.header.set(name, value);
            }
            return next(request);
          },
        ],
      }),
    );
}
