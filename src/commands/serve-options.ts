import { isIP } from "node:net";
import { parseArgs } from "node:util";
import type { LevelWithSilent } from "pino";
import { type Address, parseAddress } from "../server/address.ts";
import { originOf } from "../server/cors.ts";
import { type FrontLimits, limitsOf, tunable } from "../server/limits.ts";
import { tracesUrl } from "../telemetry/traces-url.ts";
import type { TlsFiles } from "./tls-files.ts";
import { UsageError } from "./usage-error.ts";

/** Its help. */
export const serveUsage = `Usage: oaktree serve [OPTIONS]

Serves the clouds of clouds.yaml, found where OpenStack's own tools find it, on
one port to gRPC, gRPC-Web, Connect and plain JSON clients.

Where clouds.yaml holds credentials, whoever calls uses them, so the server is
guarded by a token and listens on this machine only, unless TLS is on. Where it
holds none, each call brings its own Keystone token.

Options:
  --listen HOST:PORT   Where to listen; 127.0.0.1:50051 if left out
  --clouds FILE        The clouds.yaml to use
  --sandbox            Serve a small make-believe cloud instead
  --quirk NAME[=VALUE] Make the sandbox unlike other clouds, or a bad one, such as
                       latency=50/900 or status=503/3; see docs/sandbox.md. May be
                       given several times
  --tls-cert FILE      Certificate with its chain, PEM
  --tls-key FILE       Its private key, PEM. Both are taken anew when they change,
                       and on SIGHUP
  --tls-client-ca FILE Who signs callers' certificates, PEM. Callers without such a
                       certificate are not let in
  --allow-origin ORIGIN  Web pages of this origin may call, such as
                       https://dashboard.example; may be given several times
  --public-url URL     The URL by which callers know this Oaktree, such as
                       https://oaktree.example; it is the OAuth issuer. The address
                       it listens on if left out
  --key-file FILE      Key that seals access and page tokens: 32 bytes in base64, the
                       same on all replicas. To change it, put the new one into the
                       first line and the old one into the second, for an hour.
                       Left out, tokens are good until the restart
  --trust-proxy A,B    Addresses or networks (10.0.0.0/8) of proxies that are believed
                       whom X-Forwarded-For names; none if left out
  --metrics HOST:PORT  Where Prometheus may ask for /metrics, such as 127.0.0.1:9464;
                       nowhere if left out
  --traces URL         Collector of OpenTelemetry traces (OTLP over HTTP), such as
                       http://127.0.0.1:4318; none if left out
  --limit NAME=NUMBER  What callers may take; may be given several times:
${limitsHelp()}
  --log-level LEVEL    trace, debug, info, warn, error or silent; info if left out
  -h, --help           Show this help

Environment:
  OAKTREE_TOKEN        The token that guards personal use. Left out, one is made
                       and kept in ~/.local/state/oaktree/token
  OAKTREE_ALLOW_ORIGINS
                       Origins as for --allow-origin, separated by commas
  OTEL_EXPORTER_OTLP_ENDPOINT
                       The collector of traces, where --traces is left out
`;

const levels: readonly string[] = ["trace", "debug", "info", "warn", "error", "silent"];

/** What `oaktree serve` was asked for. */
export interface ServeOptions {
  /** Where to listen. */
  readonly listen: Address;
  /** The clouds.yaml; the one that OpenStack's tools find if left out. */
  readonly clouds: string | undefined;
  /** Whether to serve a make-believe cloud instead. */
  readonly sandbox: boolean;
  /** How the sandbox is unlike other clouds. */
  readonly quirks: readonly string[];
  /** Files of the certificate and its key. */
  readonly tls: TlsFiles | undefined;
  /** The URL by which callers know it. */
  readonly publicUrl: string | undefined;
  /** Proxies that are believed whom they name as the client. */
  readonly trustProxy: readonly string[] | undefined;
  /** File of the keys that seal tokens. */
  readonly keyFile: string | undefined;
  /** Where Prometheus may ask. */
  readonly metrics: Address | undefined;
  /** Where traces go. */
  readonly traces: string | undefined;
  /** Origins of web pages elsewhere that may call. */
  readonly allowedOrigins: readonly string[];
  /** What callers may take. */
  readonly limits: FrontLimits;
  /** What is logged. */
  readonly logLevel: LevelWithSilent;
}

/** Reads the command line. Undefined when help was asked for. @throws UsageError, or what parseArgs throws */
export function parseServeOptions(args: string[]): ServeOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      listen: { type: "string", default: "127.0.0.1:50051" },
      clouds: { type: "string" },
      sandbox: { type: "boolean", default: false },
      quirk: { type: "string", multiple: true, default: [] },
      "tls-cert": { type: "string" },
      "tls-key": { type: "string" },
      "tls-client-ca": { type: "string" },
      "public-url": { type: "string" },
      "key-file": { type: "string" },
      "trust-proxy": { type: "string" },
      metrics: { type: "string" },
      traces: { type: "string" },
      "allow-origin": { type: "string", multiple: true, default: [] },
      limit: { type: "string", multiple: true, default: [] },
      "log-level": { type: "string", default: "info" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    return undefined;
  }
  if (!levels.includes(values["log-level"])) {
    throw new UsageError(`--log-level must be one of ${levels.join(", ")}`);
  }
  if (values.sandbox && values.clouds !== undefined) {
    throw new UsageError("--sandbox brings its own cloud, it does not go with --clouds");
  }
  if (values.quirk.length > 0 && !values.sandbox) {
    throw new UsageError("--quirk goes with --sandbox");
  }
  return {
    listen: orUsageError(() => parseAddress(values.listen)),
    clouds: values.clouds,
    sandbox: values.sandbox,
    quirks: values.quirk,
    tls: tlsFilesOf(values["tls-cert"], values["tls-key"], values["tls-client-ca"]),
    publicUrl: publicUrlOf(values["public-url"]),
    trustProxy: proxiesOf(values["trust-proxy"]),
    keyFile: values["key-file"],
    metrics: orUsageError(() => (values.metrics === undefined ? undefined : parseAddress(values.metrics))),
    traces: orUsageError(() => tracesUrl(values.traces, process.env)),
    allowedOrigins: orUsageError(() => [...values["allow-origin"], ...originsOf(process.env)].map(originOf)),
    limits: orUsageError(() => limitsOf(values.limit)),
    logLevel: values["log-level"] as LevelWithSilent,
  };
}

function tlsFilesOf(cert?: string, key?: string, clientCa?: string): TlsFiles | undefined {
  if (cert === undefined && key === undefined && clientCa === undefined) {
    return undefined;
  }
  if (cert === undefined || key === undefined) {
    throw new UsageError(
      clientCa === undefined
        ? "--tls-cert and --tls-key belong together"
        : "--tls-client-ca needs --tls-cert and --tls-key",
    );
  }
  return { cert, key, clientCa };
}

/** What it throws is the user's mistake. */
function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function originsOf({ OAKTREE_ALLOW_ORIGINS: list = "" }: NodeJS.ProcessEnv): string[] {
  return list
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean);
}

function limitsHelp(): string {
  const lines = Object.entries(tunable).map(([name, { usual, what }]) => {
    const words = `${usual}: ${what}`.match(/.{1,52}(?: |$)/g) ?? [];
    const indent = `\n${" ".repeat(25)}`;
    return `${" ".repeat(23)}${name}${indent}${words.map((line) => line.trim()).join(indent)}`;
  });
  return lines.join("\n");
}

/** RFC 8414, section 2: an issuer has neither query nor fragment; and clients compare it letter by letter. */
function publicUrlOf(text: string | undefined): string | undefined {
  if (text === undefined) {
    return undefined;
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new UsageError("--public-url must be like https://oaktree.example, without a path");
  }
  return url.origin;
}

function proxiesOf(text: string | undefined): string[] | undefined {
  const proxies = text?.split(",").map((one) => one.trim());
  const isNetwork = (one: string): boolean => {
    const [address = "", bits = "0", ...more] = one.split("/");
    const most = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
    return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  };
  if (proxies?.every(isNetwork) === false) {
    throw new UsageError("--trust-proxy must be addresses or networks, such as 10.0.0.0/8,192.0.2.7");
  }
  return proxies;
}
