// A long line in a process of its own: given a port and the delay of one way in milliseconds, it tells where it listens.
import { openDelay } from "./delay.ts";

const [argument = ""] = process.argv.slice(2);
const [port = 0, oneWayMs = 0] = argument.split(" ").map(Number);
process.send?.((await openDelay(port, oneWayMs)).port);
process.on("disconnect", () => process.exit());
