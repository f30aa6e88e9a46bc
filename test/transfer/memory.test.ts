// What transfers hold in memory when the other end takes nothing: 8 MiB each at most, however much there is to move.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { parse, stringify } from "yaml";
import {
  DownloadImageRequestSchema,
  ImageService,
  UploadImageRequestSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { startSandbox } from "../../src/sandbox/start.ts";
import { type OaktreeProcess, startOaktree } from "../support/oaktree-process.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { Upstream } from "../support/upstream.ts";
import type { CloudEntry } from "../support/worlds.ts";
import { envelope } from "./pipelines.ts";

const mebibyte = 1024 * 1024;
const transfers = 8;
/** What Node has read and not collected yet stands beside it, once and not for each transfer. */
const onceMiB = 32;

const options = { skip: process.platform === "linux" ? false : "memory is read from /proc" };

/** The sandbox, but for the bytes of images: of those there are 10 GiB to fetch, and none are taken. */
async function stage(t: Test) {
  const moved = { bytes: 0 };
  const sandbox = await startSandbox({});
  t.teardown(() => sandbox.close());
  const { clouds } = parse(sandbox.cloudsYaml()) as { clouds: { demo: CloudEntry } };
  const glance = new URL((await Upstream.login(clouds.demo)).endpoint("image"));
  const piece = Buffer.alloc(mebibyte);
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    if (!request.url?.endsWith("/file")) {
      const { method = "GET", headers } = request;
      const onward = httpRequest(
        { port: glance.port, host: glance.hostname, path: request.url, method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      request.pipe(onward);
    } else if (request.method === "GET") {
      response.writeHead(200, { "content-length": 10 * 1024 * mebibyte });
      const pour = (): void => {
        while (!response.destroyed && response.write(piece)) {
          moved.bytes += piece.length;
        }
        moved.bytes += piece.length;
      };
      response.on("drain", pour);
      pour();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const image_endpoint_override = `http://127.0.0.1:${(server.address() as AddressInfo).port}${glance.pathname}`;
  const yaml = stringify({ clouds: { demo: { ...clouds.demo, image_endpoint_override } } });
  const oaktree = await startOaktree(t, await temporaryFile(t, "clouds.yaml", yaml));
  await oaktree.client(ImageService).listImages({});
  return { oaktree, moved };
}

async function memory({ pid }: OaktreeProcess): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mebibytes = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { now: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
}

/** Opens a stream of gRPC on a connection of its own, and reads nothing of its answer. */
function open(t: Test, { url, headers }: OaktreeProcess, rpc: string) {
  const session = connect(url);
  session.on("error", () => undefined);
  t.teardown(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": `/oaktree.v1.ImageService/${rpc}`,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => undefined);
  return stream;
}

/**
 * Waits until nothing has moved for a second: all that can be held is. Before each transfer
 * has moved something it is the machine that is busy.
 */
async function full(moved: { readonly bytes: number }): Promise<void> {
  let seen = -1;
  for (let still = 0; still < 10; still = seen === moved.bytes ? still + 1 : 0) {
    seen = moved.bytes > transfers * mebibyte ? moved.bytes : -1;
    await pause(100);
  }
}

async function holds(t: Test, oaktree: OaktreeProcess, before: number, moved: { readonly bytes: number }) {
  await full(moved);
  const { peak } = await memory(oaktree);
  t.comment(`${((peak - before) / transfers).toFixed(1)} MiB a transfer`);
  t.ok(peak - before <= transfers * 8 + onceMiB, `${peak - before} MiB for ${transfers} transfers`);
  t.ok(moved.bytes > transfers * mebibyte, `${moved.bytes} bytes have moved`);
}

t.test("downloads whose caller takes nothing", options, async (t) => {
  const { oaktree, moved } = await stage(t);
  const request = toBinary(
    DownloadImageRequestSchema,
    create(DownloadImageRequestSchema, { nameOrId: "lab-small" }),
  );
  const { now } = await memory(oaktree);
  for (let count = 0; count < transfers; count += 1) {
    open(t, oaktree, "DownloadImage").end(envelope(request));
  }
  await holds(t, oaktree, now, moved);
});

t.test("uploads whose cloud takes nothing", options, async (t) => {
  const { oaktree } = await stage(t);
  const moved = { bytes: 0 };
  const part = { case: "image" as const, value: { name: "memory", diskFormat: "raw" } };
  const first = envelope(toBinary(UploadImageRequestSchema, create(UploadImageRequestSchema, { part })));
  const data = { case: "data" as const, value: new Uint8Array(mebibyte) };
  const next = envelope(toBinary(UploadImageRequestSchema, create(UploadImageRequestSchema, { part: data })));
  const { now } = await memory(oaktree);
  for (let count = 0; count < transfers; count += 1) {
    const stream = open(t, oaktree, "UploadImage");
    stream.write(first);
    const pour = (): void => {
      // As they leave: what waits here is not Oaktree's.
      stream.write(next, () => {
        moved.bytes += next.length;
        if (!stream.destroyed) {
          pour();
        }
      });
    };
    pour();
  }
  await holds(t, oaktree, now, moved);
});
