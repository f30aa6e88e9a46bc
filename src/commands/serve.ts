import { fileURLToPath } from "node:url";
import { destination, pino } from "pino";
import { createHandlers } from "../handlers.ts";
import { type Address, isLoopback } from "../server/address.ts";
import { personalToken } from "../server/personal-token.ts";
import { startServer } from "../server/start.ts";
import { openTelemetry } from "../telemetry/open.ts";
import { version } from "../version.ts";
import { type CloudSource, openClouds, openSandbox } from "./open-clouds.ts";
import { readKeys } from "./secret-files.ts";
import { parseServeOptions, serveUsage } from "./serve-options.ts";
import { ServiceManager } from "./service-manager.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { readTls, renewTls } from "./tls-files.ts";
import { UsageError } from "./usage-error.ts";

/** `oaktree serve`. */
export async function run(args: string[]): Promise<void> {
  const options = parseServeOptions(args);
  if (options === undefined) {
    process.stdout.write(serveUsage);
    return;
  }
  const { listen, metrics, traces, publicUrl, trustProxy } = options;
  const tls = options.tls && (await readTls(options.tls));
  const keys = await readKeys(options.keyFile);
  const [sealKey, olderKey] = keys;
  // Standard output is for people, the log goes beside it.
  const logger = pino({ level: options.logLevel }, destination({ dest: 2, sync: true }));
  const telemetry = await openTelemetry({ metrics, traces, version: version() }).catch(
    (error: NodeJS.ErrnoException) => {
      throw metrics === undefined ? error : unableToListen(error, metrics, "--metrics");
    },
  );
  let source: CloudSource | undefined;
  try {
    source = await (options.sandbox
      ? openSandbox(options.quirks, telemetry.clouds)
      : openClouds(options.clouds, telemetry.clouds));
    const { clouds } = source;
    if (clouds.hasCredentials && tls === undefined && !isLoopback(listen.host)) {
      throw new UsageError(
        `clouds.yaml holds credentials, so ${listen.host} would show them to the network in clear text; ` +
          "listen on 127.0.0.1, or give --tls-cert and --tls-key",
      );
    }
    const token = clouds.hasCredentials ? personalToken() : undefined;
    const server = await startServer({
      listen,
      handlers: createHandlers({ sealKey, olderKey, compute: { polls: { census: telemetry.polls } } }),
      clouds,
      oauth: { signIns: clouds, keys: keys.filter((key) => key !== undefined) },
      ...(publicUrl !== undefined && { publicUrl }),
      ...(trustProxy !== undefined && { trustProxy }),
      observer: telemetry.calls,
      ...(token !== undefined && { token }),
      ...(tls && { tls }),
      logger,
      limits: options.limits,
      allowedOrigins: options.allowedOrigins,
      web: fileURLToPath(new URL("../../web/dist/", import.meta.url)),
    }).catch((error: NodeJS.ErrnoException) => {
      throw unableToListen(error, listen);
    });
    telemetry.watch(server.open);
    const manager = new ServiceManager(process.env, logger);
    const renewals = options.tls && renewTls(options.tls, server.renewTls, logger);
    stopOnSignal(manager, server, source, telemetry, ...(renewals ? [renewals] : []));
    process.stdout.write(welcome(server.url, source, token, telemetry.metricsUrl));
    manager.ready(`serves ${clouds.names.join(", ")} on ${server.url}`);
  } catch (error) {
    await Promise.all([source?.close(), telemetry.close()]);
    throw error;
  }
}

function welcome(
  url: string,
  source: CloudSource,
  token: string | undefined,
  metricsUrl: string | undefined,
): string {
  const names = source.clouds.names.join(", ");
  const lines = [`Oaktree listens on ${url} and serves ${names}`];
  if (metricsUrl !== undefined) {
    lines.push(`Metrics are at ${metricsUrl}`);
  }
  if (token !== undefined) {
    // A token that the user chose is not repeated.
    const isChosen = Boolean(process.env.OAKTREE_TOKEN);
    const header = isChosen ? `"authorization: Bearer $OAKTREE_TOKEN"` : `'authorization: Bearer ${token}'`;
    lines.push(
      "",
      "Try it:",
      `  curl -sS -H ${header} -H 'content-type: application/json' -d '{}' ${url}/oaktree.v1.ComputeService/ListFlavors`,
      "In a browser:",
      isChosen ? `  ${url}/` : `  ${url}/#token=${token}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function unableToListen(error: NodeJS.ErrnoException, { host, port }: Address, option = "--listen"): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `the port is in use; choose another with ${option}`,
    EACCES: `this user may not use the port; choose one above 1023 with ${option}`,
    EADDRNOTAVAIL: "this machine does not have the address",
    ENOTFOUND: "there is no such host",
  };
  const reason = reasons[error.code ?? ""];
  return reason === undefined ? error : new Error(`cannot listen on ${host}:${port}: ${reason}`);
}
