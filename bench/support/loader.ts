// The clients of the load, in a process of its own that leaves the cores to what is measured: told what to move, it moves
// that eight times at once, and says when it is done.
import { setPriority } from "node:os";
import { imageId } from "./canned-glance.ts";
import { download, upload } from "./wire/image-bytes.ts";
import { get } from "./wire/plain-bytes.ts";
import type { Protocol } from "./wire/streams.ts";

/** What is to be moved. */
export interface Load {
  /** From and to whom: the upstream itself, or Oaktree. */
  readonly way: "direct" | "down" | "up";
  /** By which protocol of Oaktree's. */
  readonly protocol: Protocol;
  /** Of whom. */
  readonly port: number;
  /** Of the image. */
  readonly size: number;
  /** How often, one after the other. */
  readonly times: number;
}

const [niceness = "0"] = process.argv.slice(2);
setPriority(Number(niceness));
process.on("message", async (load: Load) => {
  await Promise.all(Array.from({ length: 8 }, () => move(load)));
  process.send?.("done");
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function move({ way, protocol, port, size, times }: Load): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    if (way === "direct") {
      await get(port, `/v2/images/${imageId}/file`, size);
    } else {
      await (way === "down" ? download : upload)(port, protocol, size);
    }
  }
}
