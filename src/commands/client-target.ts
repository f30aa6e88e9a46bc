import { readFileSync } from "node:fs";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { accessTokens } from "../credentials/access-token.ts";
import { CredentialsFile, credentialsPath } from "../credentials/file.ts";
import { UsageError } from "./usage-error.ts";

/** Options of every command that calls an Oaktree, for parseArgs. */
export const targetOptions = {
  endpoint: { type: "string" },
  ca: { type: "string" },
  credentials: { type: "string" },
  cloud: { type: "string", default: "" },
  region: { type: "string", default: "" },
} as const;

/** Their help. */
export const targetHelp = `  --endpoint URL       The Oaktree to call; OAKTREE_ENDPOINT, or http://127.0.0.1:50051
  --ca FILE            Certificates to trust for https, PEM
  --credentials ENTRY  The entry of the credentials file to use, where it has several
  --cloud NAME         The cloud, where the Oaktree serves several
  --region NAME        The region, where the cloud has several

Environment:
  OAKTREE_ENDPOINT     See --endpoint
  OAKTREE_TOKEN        The token to call it with. Left out, the credentials file tells
                       endpoint and credentials: oaktree credentials --help
  OAKTREE_CREDENTIALS  The credentials file; ~/.config/oaktree/credentials.json if left out
`;

/** What the options above give. */
export interface TargetValues {
  readonly endpoint?: string | undefined;
  readonly ca?: string | undefined;
  readonly credentials?: string | undefined;
  readonly cloud: string;
  readonly region: string;
}

/** The Oaktree that a command calls, and with what. */
export interface Target {
  /** Where the call goes behind it. */
  readonly location: { readonly cloud: string; readonly region: string };
  /** A gRPC client of a service. */
  client<S extends DescService>(service: S): Client<S>;
}

/**
 * Finds endpoint and token: options go before the environment, and that before the
 * credentials file.
 */
export async function clientTarget(
  values: TargetValues,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  const ca = readCa(values.ca);
  const said = values.endpoint ?? (env.OAKTREE_ENDPOINT || undefined);
  const baseUrl = said ?? "http://127.0.0.1:50051";
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl)) {
    throw new UsageError(`--endpoint must be an http or https URL, not ${JSON.stringify(baseUrl)}`);
  }
  const caller = await callerOf(values.credentials, said, ca, env);
  const transport = createGrpcTransport({
    baseUrl: caller.endpoint ?? baseUrl,
    ...(ca === undefined ? {} : { nodeOptions: { ca } }),
    interceptors: [
      (next) => async (request) => {
        const token = await caller.token();
        if (token !== "") {
          request.header.set("authorization", `Bearer ${token}`);
        }
        return await next(request);
      },
    ],
  });
  const { cloud, region } = values;
  return { location: { cloud, region }, client: (service) => createClient(service, transport) };
}

/** What tokens come from, and the Oaktree that they are for where that is known. */
async function callerOf(
  entry: string | undefined,
  endpoint: string | undefined,
  ca: Buffer | undefined,
  env: NodeJS.ProcessEnv,
): Promise<{ endpoint?: string; token(): Promise<string> }> {
  const given = env.OAKTREE_TOKEN ?? "";
  if (entry === undefined && given !== "") {
    return { token: () => Promise.resolve(given) };
  }
  const file = new CredentialsFile(credentialsPath(env));
  const credentials = await file.entry(entry);
  if (credentials === undefined) {
    if (entry !== undefined || env.OAKTREE_CREDENTIALS) {
      throw new Error(`there is no credentials file ${file.path}; oaktree credentials create makes one`);
    }
    return { token: () => Promise.resolve("") };
  }
  if (endpoint !== undefined && new URL(endpoint).origin !== new URL(credentials.endpoint).origin) {
    // Its token is nobody else's to see.
    throw new UsageError(
      `the credentials of ${file.path} are for ${credentials.endpoint}, not for ${endpoint}`,
    );
  }
  return { endpoint: credentials.endpoint, token: accessTokens(credentials, ca) };
}

/** Reads the certificates to trust. */
export function readCa(file: string | undefined): Buffer | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
