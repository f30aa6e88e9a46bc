import { parseArgs } from "node:util";
import { ObjectStoreService } from "../gen/oaktree/v1/object_store_pb.js";
import { clientTarget, type Target, targetHelp, targetOptions } from "./client-target.ts";
import { exitCodesHelp, interruptible } from "./exit-codes.ts";
import { counted, LocalSink, localSource } from "./local-bytes.ts";
import { Progress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: oaktree object upload FILE CONTAINER NAME [OPTIONS]
       oaktree object download CONTAINER NAME FILE [OPTIONS]
       oaktree object list CONTAINER [OPTIONS]

FILE may be - for standard input or output. An object that has the same bytes
already is not uploaded again. A list prints size and name, folders with --delimiter.

Options:
  --content-type TYPE  Media type of an upload
  --prefix TEXT        List only names that begin so
  --delimiter TEXT     Roll up what goes on after it, mostly /
  --resume             Go on with FILE.part; an interrupted download keeps it
${targetHelp}${exitCodesHelp}`;

/** `oaktree object`. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...targetOptions,
      "content-type": { type: "string", default: "" },
      prefix: { type: "string", default: "" },
      delimiter: { type: "string", default: "" },
      resume: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const [action, first = "", second = "", third = ""] = positionals;
  const wanted: Readonly<Record<string, number>> = { upload: 4, download: 4, list: 2 };
  if (action === undefined || wanted[action] !== positionals.length) {
    throw new UsageError("oaktree object --help tells what it can do, and the names that it needs");
  }
  const target = await clientTarget(values);
  await interruptible(async (signal) => {
    if (action === "upload") {
      await upload(
        target,
        first,
        { container: second, name: third, contentType: values["content-type"] },
        signal,
      );
    } else if (action === "download") {
      await download(target, { container: first, name: second }, new LocalSink(third, values.resume), signal);
    } else {
      await list(target, { container: first, prefix: values.prefix, delimiter: values.delimiter }, signal);
    }
  });
}

async function upload({ location, client }: Target, file: string, wanted: object, signal: AbortSignal) {
  const { bytes, announced, size } = await localSource(file, signal);
  const progress = new Progress(size);
  async function* messages() {
    yield { location, part: { case: "object" as const, value: { ...wanted, ...announced } } };
    for await (const value of counted(bytes, (count) => progress.add(count))) {
      yield { part: { case: "data" as const, value } };
    }
  }
  const answer = await client(ObjectStoreService)
    .uploadObject(messages(), { signal })
    .finally(() => progress.end());
  process.stdout.write(`${answer.object?.etag}\n`);
}

async function download(
  { location, client }: Target,
  at: { container: string; name: string },
  sink: LocalSink,
  signal: AbortSignal,
) {
  await sink.begin();
  let progress: Progress | undefined;
  let expected = "";
  try {
    const request = { location, ...at, offset: BigInt(sink.offset) };
    for await (const { part } of client(ObjectStoreService).downloadObject(request, { signal })) {
      if (part.case === "object") {
        // The ETag of a large object is no digest of its bytes.
        expected = part.value.isLarge ? "" : part.value.etag;
        await sink.open("md5");
        progress = new Progress(Number(part.value.sizeBytes), sink.offset);
      } else if (part.case === "data") {
        await sink.write(part.value);
        progress?.add(part.value.length);
      }
    }
    await sink.finish(expected);
  } catch (error) {
    await sink.giveUp();
    throw error;
  } finally {
    progress?.end();
  }
}

async function list({ location, client }: Target, wanted: object, signal: AbortSignal) {
  let pageToken = "";
  do {
    const request = { location, pageToken, ...wanted };
    const page = await client(ObjectStoreService).listObjects(request, { signal });
    for (const { name, sizeBytes, isSubdir } of page.objects) {
      process.stdout.write(`${(isSubdir ? "-" : String(sizeBytes)).padStart(15)}  ${name}\n`);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}
