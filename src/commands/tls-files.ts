import { X509Certificate } from "node:crypto";
import { unwatchFile, watchFile } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Logger } from "pino";
import type { Tls } from "../server/listener.ts";
import { readText } from "./secret-files.ts";

/** The files of TLS, all PEM. */
export interface TlsFiles {
  /** The certificate with its chain. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** Certificates of those who sign callers' certificates; left out, callers need none. */
  readonly clientCa?: string | undefined;
}

/** How often the files are looked at. By their state, since links to them are what most tools exchange. */
const lookEveryMs = 5000;

/** Reads them. @throws Error when they cannot be read, or do not belong together */
export async function readTls(files: TlsFiles): Promise<Tls> {
  const cert = await readText(files.cert);
  const key = await readText(files.key);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Error(
      `${files.cert} and ${files.key} are no certificate and its key: ${(error as Error).message}`,
    );
  }
  if (files.clientCa === undefined) {
    return { cert, key };
  }
  const clientCa = await readText(files.clientCa);
  try {
    new X509Certificate(clientCa);
  } catch (error) {
    throw new Error(`${files.clientCa} holds no certificate: ${(error as Error).message}`);
  }
  return { cert, key, clientCa };
}

/**
 * Has new certificates and keys taken when their files change, and on SIGHUP. A pair of which one half
 * is not there yet, or that is wrong, leaves the old one in use.
 */
export function renewTls(files: TlsFiles, take: (tls: Tls) => void, log: Logger): { close(): Promise<void> } {
  // One after the other: two readings at once could end in the wrong order.
  let last = Promise.resolve();
  const renew = (): void => {
    last = last.then(async () => {
      try {
        const tls = await readTls(files);
        take(tls);
        log.info(
          `took the certificate of ${files.cert}, good until ${new X509Certificate(tls.cert).validTo}`,
        );
      } catch (error) {
        log.error(`kept the certificate as it was: ${(error as Error).message}`);
      }
    });
  };
  const paths = [files.cert, files.key, files.clientCa].filter((path) => path !== undefined);
  for (const path of paths) {
    watchFile(path, { interval: lookEveryMs, persistent: false }, renew);
  }
  process.on("SIGHUP", renew);
  return {
    async close() {
      process.off("SIGHUP", renew);
      for (const path of paths) {
        unwatchFile(path, renew);
      }
      await last;
    },
  };
}
