// A slow line in a process of its own: given a port and how many bytes a second may go there, it tells where it listens.
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { Pace, paced } from "./wire/pace.ts";

const [argument = ""] = process.argv.slice(2);
const [port = 0, bytesPerSecond = 0] = argument.split(" ").map(Number);

const server = createServer((near) => {
  const far = connect({ port, host: "127.0.0.1", noDelay: true });
  const pace = new Pace(bytesPerSecond);
  near.on("data", (bytes: Buffer) => {
    if (!paced(near, bytes.length, pace)) {
      near.pause();
    }
    far.write(bytes);
  });
  far.pipe(near);
  near.on("close", () => far.destroy()).on("error", () => far.destroy());
  far.on("close", () => near.destroy()).on("error", () => near.destroy());
}).listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.((server.address() as AddressInfo).port);
process.on("disconnect", () => process.exit());
