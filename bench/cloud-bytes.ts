// Bytes of images and objects of a real cloud, down and up: from Glance and Swift themselves and through Oaktree, with
// digests. BENCH_CLOUDS names a clouds.yaml, BENCH_CLOUD the cloud in it (demo if left out); the endpoints must be clear HTTP.
import { randomUUID } from "node:crypto";
import { type DirectCloud, directCloud } from "./support/direct-cloud.ts";
import type { BenchOptions, Row } from "./support/measure.ts";
import { OaktreeProcess } from "./support/processes.ts";
import { compare, type Way } from "./support/ways.ts";
import { download, upload } from "./support/wire/image-bytes.ts";
import { downloadObject, uploadObject } from "./support/wire/object-bytes.ts";
import { get, put } from "./support/wire/plain-bytes.ts";
import type { Protocol } from "./support/wire/streams.ts";

const mebibyte = 1024 * 1024;
const protocols: readonly Protocol[] = ["gRPC", "Connect"];
const bytes = { "content-type": "application/octet-stream" };

/** What is moved, and how to clear up. */
interface Shelf {
  readonly down: readonly Way[];
  readonly up: readonly Way[];
  readonly clear: () => Promise<unknown>;
}

/** Both services, in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const { BENCH_CLOUDS: file, BENCH_CLOUD: name = "demo", BENCH_MIB, BENCH_ROUNDS } = process.env;
  if (file === undefined) {
    return [{ name: "left out: BENCH_CLOUDS names no clouds.yaml", figures: {} }];
  }
  const size = Number(BENCH_MIB ?? (full ? 1024 : 256)) * mebibyte;
  const turns = { size, rounds: Number(BENCH_ROUNDS ?? (full ? 11 : 5)), first: "direct access" };
  const cloud = await directCloud(file, name);
  const oaktree = await OaktreeProcess.start(cloud.cloudsYaml);
  try {
    const rows: Row[] = [];
    for (const open of [glance, swift]) {
      const shelf = await open(cloud, oaktree, size);
      try {
        rows.push(...(await compare(shelf.down, turns)), ...(await compare(shelf.up, turns)));
      } finally {
        await shelf.clear();
      }
    }
    return rows;
  } finally {
    await oaktree.stop();
  }
}

async function glance(cloud: DirectCloud, oaktree: OaktreeProcess, size: number): Promise<Shelf> {
  const { hostname, port: place, origin } = cloud.endpoint("image");
  const port = Number(new URL(oaktree.url).port);
  const images = `${origin}/v2/images`;
  const named = async (name: string) =>
    (JSON.parse(await cloud.call("GET", `${images}?name=${name}`)) as { images: { id: string }[] }).images;
  const make = async (name: string): Promise<string> => {
    const head = { name, disk_format: "raw", container_format: "bare" };
    const { id } = JSON.parse(await cloud.call("POST", images, head)) as { id: string };
    await put(Number(place), `/v2/images/${id}/file`, size, { ...cloud.headers, ...bytes }, hostname);
    return id;
  };
  const remove = async (name: string) => {
    for (const { id } of await named(name)) {
      await cloud.call("DELETE", `${images}/${id}`);
    }
  };
  const source = `bench-${randomUUID()}`;
  const made = `bench-${randomUUID()}`;
  const image = await make(source);
  const path = `/v2/images/${image}/file`;
  return {
    down: [
      {
        name: "Glance, down: direct",
        move: () => get(Number(place), path, size, cloud.headers, hostname),
      },
      ...protocols.map((protocol) => ({
        name: `Glance, down: Oaktree, ${protocol}`,
        process: oaktree,
        move: () => download(port, protocol, size, { image }),
      })),
    ],
    up: [
      { name: "Glance, up: direct", move: () => make(made), after: () => remove(made) },
      ...protocols.map((protocol) => ({
        name: `Glance, up: Oaktree, ${protocol}`,
        process: oaktree,
        move: () => upload(port, protocol, size, { name: made }),
        after: () => remove(made),
      })),
    ],
    clear: () => Promise.all([remove(source), remove(made)]),
  };
}

async function swift(cloud: DirectCloud, oaktree: OaktreeProcess, size: number): Promise<Shelf> {
  const account = cloud.endpoint("object-store");
  const port = Number(new URL(oaktree.url).port);
  const container = `bench-${randomUUID()}`;
  const at = `${account.pathname.replace(/\/$/, "")}/${container}`;
  const send = (name: string) =>
    put(Number(account.port), `${at}/${name}`, size, { ...cloud.headers, ...bytes }, account.hostname);
  await cloud.call("PUT", `${account.origin}${at}`);
  await send("source");
  return {
    down: [
      {
        name: "Swift, down: direct",
        move: () => get(Number(account.port), `${at}/source`, size, cloud.headers, account.hostname),
      },
      ...protocols.map((protocol) => ({
        name: `Swift, down: Oaktree, ${protocol}`,
        process: oaktree,
        move: () => downloadObject(port, protocol, size, { container, name: "source" }),
      })),
    ],
    up: [
      { name: "Swift, up: direct", move: () => send("made") },
      ...protocols.map((protocol) => ({
        name: `Swift, up: Oaktree, ${protocol}`,
        process: oaktree,
        move: () => uploadObject(port, protocol, size, { container, name: "made" }),
      })),
    ],
    clear: async () => {
      for (const name of ["/source", "/made", ""]) {
        await cloud.call("DELETE", `${account.origin}${at}${name}`).catch(() => undefined);
      }
    },
  };
}
