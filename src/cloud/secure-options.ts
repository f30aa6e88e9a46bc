import { readFileSync } from "node:fs";
import type { Secure } from "../wire/wire-message.ts";
import type { CloudEntry } from "./cloud-entry.ts";
import { Fault } from "./fault.ts";

/** Reads the files that an entry of clouds.yaml names for TLS. @throws Fault `CLOUD_MISCONFIGURED` */
export function secureOptions({ name, tls }: Pick<CloudEntry, "name" | "tls">): Secure {
  const { verify, cacert, cert, key } = tls;
  const read = (option: string, file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new Fault("CLOUD_MISCONFIGURED", `cloud ${name}: ${option}: the file cannot be read: ${file}`, {
        metadata: { cloud: name, key: option },
        cause,
      });
    }
  };
  return {
    rejectUnauthorized: verify,
    ...(cacert !== undefined && verify && { ca: read("cacert", cacert) }),
    ...(cert !== undefined && {
      cert: read("cert", cert),
      key: read(key === undefined ? "cert" : "key", key ?? cert),
    }),
  };
}
