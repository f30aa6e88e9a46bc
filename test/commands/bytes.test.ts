import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { ownContainer } from "../support/transfers.ts";
import { contract, type World } from "../support/worlds.ts";
import { runOaktree } from "./command.ts";

/** Runs the command line to its end. */
async function oaktree({ server, token, location }: World, args: string[], input = Buffer.alloc(0)) {
  const where = args.includes("--help") ? [] : ["--cloud", location.cloud, "--region", location.region];
  const { child, ended } = runOaktree({ url: server.url, token }, [...args, ...where]);
  child.stdin.end(input);
  return await ended;
}

contract("images go up and down by the command line", async (t, world) => {
  const name = world.unique("cli");
  const bytes = randomBytes(2_500_000);
  const folder = t.testdir({});
  writeFileSync(`${folder}/up`, bytes);
  const first = await oaktree(world, ["image", "upload", `${folder}/up`, name, "--disk-format", "raw"]);
  t.match(first, { code: 0, err: "" }, "and no bar where nobody looks");
  const again = await oaktree(world, ["image", "upload", `${folder}/up`, name, "--disk-format", "raw"]);
  t.equal(again.out.toString(), first.out.toString(), "the same bytes are the same image");

  t.match(await oaktree(world, ["image", "download", name, `${folder}/down`]), { code: 0, err: "" });
  t.ok(readFileSync(`${folder}/down`).equals(bytes));
  t.notOk(existsSync(`${folder}/down.part`));
  const piped = await oaktree(world, ["image", "download", name, "-"]);
  t.ok(piped.out.equals(bytes));

  writeFileSync(`${folder}/rest.part`, bytes.subarray(0, 1_000_000));
  t.match(await oaktree(world, ["image", "download", name, `${folder}/rest`, "--resume"]), {
    code: 0,
    err: "",
  });
  t.ok(readFileSync(`${folder}/rest`).equals(bytes));
  writeFileSync(`${folder}/bad.part`, randomBytes(1000));
  t.equal((await oaktree(world, ["image", "download", name, `${folder}/bad`, "--resume"])).code, 3);
  t.notOk(existsSync(`${folder}/bad`) || existsSync(`${folder}/bad.part`), "wrong bytes are not kept");

  t.equal((await oaktree(world, ["image", "download", world.unique("none"), `${folder}/none`])).code, 4);
  t.equal((await oaktree(world, ["image", "download", name])).code, 2);
  const away = ["image", "download", name, "-", "--endpoint", "http://127.0.0.1:1"];
  t.equal((await oaktree(world, away)).code, 5);
  t.match((await oaktree(world, ["image", "--help"])).out.toString(), /Exit codes/);
  const { ImageService } = await import("../../src/gen/oaktree/v1/image_pb.js");
  await world.client(ImageService).deleteImage({ location: world.location, nameOrId: name });
});

contract("objects go up and down by the command line", async (t, world) => {
  const objects = world.client(ObjectStoreService);
  const container = await ownContainer(t, objects, world.location, world.unique("cli"));
  const bytes = randomBytes(2_500_000);
  t.match(await oaktree(world, ["object", "upload", "-", container, "a/b c"], bytes), { code: 0, err: "" });
  const down = await oaktree(world, ["object", "download", container, "a/b c", "-"]);
  t.ok(down.out.equals(bytes));
  const listed = await oaktree(world, ["object", "list", container]);
  t.equal(listed.out.toString(), `${"2500000".padStart(15)}  a/b c\n`);
  const folders = await oaktree(world, ["object", "list", container, "--delimiter", "/"]);
  t.equal(folders.out.toString(), `${"-".padStart(15)}  a/\n`);

  const folder = t.testdir({});
  writeFileSync(`${folder}/rest.part`, bytes.subarray(0, 1_000_000));
  const resume = ["object", "download", container, "a/b c", `${folder}/rest`, "--resume"];
  t.match(await oaktree(world, resume), { code: 0, err: "" });
  t.ok(readFileSync(`${folder}/rest`).equals(bytes));
  writeFileSync(`${folder}/rest.part`, bytes);
  t.match(await oaktree(world, resume), { code: 0, err: "" }, "also where nothing is left to fetch");
  writeFileSync(`${folder}/rest.part`, randomBytes(1000));
  t.equal((await oaktree(world, resume)).code, 3);
  t.notOk(existsSync(`${folder}/rest.part`), "wrong bytes are not kept");
  t.equal((await oaktree(world, ["object", "download", container, "none", "-"])).code, 4);
  t.equal((await oaktree(world, ["object", "upload", `${folder}/none`, container, "x"])).code, 1);
});

t.test("the bar tells share, rate and time left", async (t) => {
  const { progressLine } = await import("../../src/commands/progress.ts");
  const mebibyte = 1024 * 1024;
  t.equal(
    progressLine(50 * mebibyte, 0, 100 * mebibyte, 5000),
    "[##########..........] 50 %  50.0 MiB  10.0 MiB/s  0:05 left",
  );
  t.equal(progressLine(mebibyte, 0, undefined, 1000), "1.0 MiB  1.0 MiB/s");
});
