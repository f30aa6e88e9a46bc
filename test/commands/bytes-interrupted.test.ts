// The command line when somebody ends it midway: a person, or the program that reads from it; and over TLS.
import { existsSync, readFileSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { DownloadImageResponseSchema, ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, token } from "../server/harness.ts";
import { contract } from "../support/worlds.ts";
import { runOaktree } from "./command.ts";

const mebibyte = 1024 * 1024;
const certFile = fileURLToPath(new URL("../server/tls-cert.pem", import.meta.url));
const tls = {
  cert: readFileSync(certFile),
  key: readFileSync(new URL("../server/tls-key.pem", import.meta.url)),
};

/** A server whose image has so many MiB; it tells when the download's handler has ended. */
async function serverOf(t: Test, mib: number, then: () => Promise<unknown>, more: object = {}) {
  const ended = Promise.withResolvers<void>();
  const download = async function* () {
    try {
      yield create(DownloadImageResponseSchema, { part: { case: "image", value: { id: "i" } } });
      for (let sent = 0; sent < mib; sent += 1) {
        yield create(DownloadImageResponseSchema, {
          part: { case: "data", value: Buffer.alloc(mebibyte, "oak") },
        });
      }
      await then();
    } finally {
      ended.resolve();
    }
  };
  const server = await start({ handlers: handlers({ "ImageService.DownloadImage": download }), ...more });
  t.teardown(() => server.close());
  return { url: server.url, token, ended: ended.promise, line: server.line };
}

for (const isKept of [false, true]) {
  t.test(`Ctrl-C during a download, ${isKept ? "to be resumed" : "for good"}`, async (t) => {
    const server = await serverOf(t, 3, () => new Promise(() => undefined));
    const file = `${t.testdir({})}/image`;
    const { child, ended } = runOaktree(server, [
      "image",
      "download",
      "i",
      file,
      ...(isKept ? ["--resume"] : []),
    ]);
    while (!existsSync(`${file}.part`) || statSync(`${file}.part`).size < 3 * mebibyte) {
      await pause(20);
    }
    child.kill("SIGINT");
    t.match(await ended, { code: 130, err: "oaktree: interrupted\n" });
    t.notOk(existsSync(file));
    t.equal(existsSync(`${file}.part`), isKept);
    t.match(await server.line("DownloadImage"), { code: "CANCELLED" }, "and the server hears of it");
  });
}

t.test("whoever reads from the pipe leaves early", async (t) => {
  const server = await serverOf(t, 1000, async () => undefined);
  const { child, ended } = runOaktree(server, ["image", "download", "i", "-"]);
  child.stdout.once("data", () => child.stdout.destroy());
  await server.ended;
  t.match(await ended, { code: 1, err: /^oaktree: [^\n]*\n$/ });
});

t.test("--ca", async (t) => {
  const server = await serverOf(t, 1, async () => undefined, { tls });
  const url = server.url.replace("127.0.0.1", "localhost");
  const download = async (...more: string[]) =>
    await runOaktree({ url, token }, ["image", "download", "i", "-", ...more]).ended;
  const { out, code } = await download("--ca", certFile);
  t.equal(code, 0);
  t.ok(out.equals(Buffer.alloc(mebibyte, "oak")));
  t.match(await download(), { code: 1, err: /self-signed certificate/ }, "nobody else is believed");
  t.equal((await download("--ca", `${certFile}.none`)).code, 2);
});

contract("Ctrl-C during an upload leaves no image", async (t, world) => {
  const { server, location } = world;
  const images = world.client(ImageService);
  const name = world.unique("interrupted");
  const found = async () => (await images.listImages({ location, nameOrId: name })).images.length;
  const where = ["--cloud", location.cloud, "--region", location.region];
  const { child, ended } = runOaktree({ url: server.url, token: world.token }, [
    "image",
    "upload",
    "-",
    name,
    ...where,
  ]);
  child.stdin.write(Buffer.alloc(3 * mebibyte));
  while ((await found()) === 0) {
    await pause(20);
  }
  child.kill("SIGINT");
  t.match(await ended, { code: 130, err: "oaktree: interrupted\n" });
  while ((await found()) > 0) {
    await pause(20);
  }
});
