import { parseArgs } from "node:util";
import { UsageError } from "./commands/usage-error.ts";
import { version } from "./version.ts";
import { keepYoungMemorySmall } from "./young-memory.ts";

const usage = `Usage: oaktree COMMAND [OPTIONS]

Commands:
  serve        Serve the clouds of clouds.yaml to gRPC, gRPC-Web and JSON clients
  image        Upload and download images through an Oaktree
  object       Upload, download and list objects through an Oaktree
  credentials  Make API users for programs, and keep their secrets in a file
  whoami       Tell who you are on your clouds
  dev-cert     Make a certificate for trying TLS, and the authority that signs it

  oaktree COMMAND --help tells more.

Options:
  -h, --help   Show this help
  --version    Show the version
`;

const commands: Readonly<Record<string, () => Promise<{ run(args: string[]): Promise<void> }>>> = {
  "dev-cert": () => import("./commands/dev-cert.ts"),
  serve: () => import("./commands/serve.ts"),
  image: () => import("./commands/image.ts"),
  object: () => import("./commands/object.ts"),
  credentials: () => import("./commands/credentials.ts"),
  whoami: () => import("./commands/whoami.ts"),
};

keepYoungMemorySmall();
try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message, stack } = error as Error;
  // One clear line; a stack only for a defect of Oaktree's own.
  const isDefect = error instanceof TypeError || error instanceof ReferenceError;
  process.stderr.write(`oaktree: ${isDefect && !isUsage(error) ? stack : message}\n`);
  process.exitCode = isUsage(error) ? 2 : ((error as { exitCode?: number }).exitCode ?? 1);
}

async function main(args: string[]): Promise<void> {
  const [name, ...rest] = args;
  const load = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (load !== undefined) {
    const command = await load();
    await command.run(rest);
    return;
  }
  const { values, positionals } = parseArgs({
    args,
    options: { help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
    allowPositionals: true,
  });
  if (values.version) {
    process.stdout.write(`oaktree ${version()}\n`);
  } else if (values.help || positionals.length === 0) {
    process.stdout.write(usage);
  } else {
    throw new UsageError(`there is no command ${JSON.stringify(positionals[0])}; oaktree --help lists them`);
  }
}

/** Wrong arguments, found by us or by parseArgs. */
function isUsage(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS");
}
