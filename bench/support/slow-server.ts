// A slow line in a process of its own: given a port and how many bytes a second may go there, it tells where it listens.
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { Pace } from "./wire/pace.ts";

const [argument = ""] = process.argv.slice(2);
const [port = 0, bytesPerSecond = 0] = argument.split(" ").map(Number);

const server = createServer((near) => {
  const far = connect({ port, host: "127.0.0.1", noDelay: true });
  const pace = new Pace(bytesPerSecond);
  async function* slowly(source: AsyncIterable<Buffer>) {
    for await (const bytes of source) {
      await pace.spend(bytes.length);
      yield bytes;
    }
  }
  // Either end may leave; the other one is closed then.
  pipeline(near, slowly, far, () => near.destroy());
  pipeline(far, near, () => far.destroy());
}).listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.((server.address() as AddressInfo).port);
process.on("disconnect", () => process.exit());
