import { parseArgs } from "node:util";
import { ImageService } from "../gen/oaktree/v1/image_pb.js";
import { clientTarget, targetHelp, targetOptions } from "./client-target.ts";
import { exitCodesHelp, interruptible } from "./exit-codes.ts";
import { counted, LocalSink, localSource } from "./local-bytes.ts";
import { Progress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: oaktree image upload FILE NAME [OPTIONS]
       oaktree image download NAME_OR_ID FILE [OPTIONS]

FILE may be - for standard input or output. An upload prints the image's id; an
image of that name with the same bytes is not uploaded again.

Options:
  --disk-format WORD   Format of an upload's bytes; what the cloud takes if left out
  --allow-duplicates   Upload even if the same image is there
  --resume             Go on with FILE.part; an interrupted download keeps it
${targetHelp}${exitCodesHelp}`;

/** `oaktree image`. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...targetOptions,
      "disk-format": { type: "string", default: "" },
      "allow-duplicates": { type: "boolean", default: false },
      resume: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const [action, first, second, ...others] = positionals;
  if (first === undefined || second === undefined || others.length > 0) {
    throw new UsageError("two names are needed; oaktree image --help tells which");
  }
  const { location, client } = await clientTarget(values);
  const images = client(ImageService);
  if (action === "upload") {
    await interruptible(async (signal) => {
      const { bytes, announced, size } = await localSource(first, signal);
      const progress = new Progress(size);
      const image = {
        name: second,
        diskFormat: values["disk-format"],
        allowDuplicates: values["allow-duplicates"],
        ...announced,
      };
      async function* messages() {
        yield { location, part: { case: "image" as const, value: image } };
        for await (const value of counted(bytes, (count) => progress.add(count))) {
          yield { part: { case: "data" as const, value } };
        }
      }
      const answer = await images.uploadImage(messages(), { signal }).finally(() => progress.end());
      process.stdout.write(`${answer.image?.id}\n`);
    });
  } else if (action === "download") {
    await interruptible(async (signal) => {
      const sink = new LocalSink(second, values.resume);
      await sink.begin();
      let progress: Progress | undefined;
      let expected = "";
      try {
        const request = { location, nameOrId: first, offset: BigInt(sink.offset) };
        for await (const { part } of images.downloadImage(request, { signal })) {
          if (part.case === "image") {
            const { hashAlgorithm, hashValue, md5, sizeBytes } = part.value;
            expected = hashValue || md5;
            await sink.open(hashValue === "" ? "md5" : hashAlgorithm);
            progress = new Progress(sizeBytes === undefined ? undefined : Number(sizeBytes), sink.offset);
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
    });
  } else {
    throw new UsageError("oaktree image can upload and download");
  }
}
