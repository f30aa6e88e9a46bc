import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Certified } from "./certificates.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: oaktree dev-cert [OPTIONS] [HOST...]

Makes a certificate for trying TLS on one's own machines, for the given names and
addresses; for localhost, 127.0.0.1 and ::1 without any. Its authority is made with
the first one and kept: tell your clients to trust its ca.pem, and keep ca-key.pem
to yourself, since whoever has it can stand in for any server to them.

Options:
  --dir FOLDER    Where the files go; ./oaktree-tls if left out
  --client NAME   Make a certificate for a caller of this name instead, for
                  \`oaktree serve --tls-client-ca\`
  -h, --help      Show this help
`;

const here = ["localhost", "127.0.0.1", "::1"];

/** `oaktree dev-cert`. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      dir: { type: "string", default: "oaktree-tls" },
      client: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { dir, client } = values;
  if (client !== undefined && positionals.length > 0) {
    throw new UsageError("a certificate is for a caller (--client) or for servers, not for both");
  }
  const wrong = [...positionals, client ?? ""].find((name) => !/^[\w.:*@-]*$/.test(name) || name.length > 64);
  if (wrong !== undefined || client === "") {
    throw new UsageError(`${JSON.stringify(wrong ?? client)} is no name for a certificate`);
  }
  const { makeAuthority, sign } = await import("./certificates.ts");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const authority =
    (await kept(dir)) ?? (await write(dir, "ca", "ca-key", await makeAuthority("Oaktree dev")));
  const hosts = positionals.length > 0 ? positionals : here;
  const [cert, key] = client === undefined ? ["cert", "key"] : [`${client}-cert`, `${client}-key`];
  await write(dir, cert, key, await sign(authority, client === undefined ? { hosts } : { caller: client }));
  const file = (name: string): string => join(dir, `${name}.pem`);
  process.stdout.write(
    client === undefined
      ? `For ${hosts.join(", ")}:\n  oaktree serve --tls-cert ${file(cert)} --tls-key ${file(key)}\n` +
          `Clients trust it with ${file("ca")}, as curl --cacert ${file("ca")}\n`
      : `For the caller ${client}: ${file(cert)}, ${file(key)}\n` +
          `Servers know it with --tls-client-ca ${file("ca")}\n`,
  );
}

async function kept(dir: string): Promise<Certified | undefined> {
  try {
    return {
      cert: await readFile(join(dir, "ca.pem"), "utf8"),
      key: await readFile(join(dir, "ca-key.pem"), "utf8"),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Writes both aside and renames them, so that the mode is that of new files and no server reads half of one. */
async function write(dir: string, cert: string, key: string, made: Certified): Promise<Certified> {
  for (const [name, content] of [
    [key, made.key],
    [cert, made.cert],
  ] as const) {
    const file = join(dir, `${name}.pem`);
    await writeFile(`${file}.new`, content, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return made;
}
