// Sends a unary call again and again, in a process of its own: the time it takes is the server's. Given the server's URL
// it says that it is ready, begins at any message, and at the next one tells the times in milliseconds.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { networkId } from "./canned-glance.ts";
import { readyCall } from "./rpc.ts";

const [url = ""] = process.argv.slice(2);
const call = readyCall(url, "gRPC", NetworkService.method.getNetwork, { nameOrId: networkId });
for (let warm = 0; warm < 200; warm += 1) {
  await call.send();
}
process.on("disconnect", () => process.exit());
process.send?.("ready");
for (;;) {
  await once(process, "message");
  let isOver = false;
  void once(process, "message").then(() => {
    isOver = true;
  });
  const times: number[] = [];
  while (!isOver) {
    const sent = performance.now();
    await call.send();
    times.push(performance.now() - sent);
    // A caller that asks now and then, not one more that wants all there is.
    await pause(5);
  }
  process.send?.(times);
}
