// A canned Glance in a process of its own, so that nobody else's work delays its answers. Given the size of its image
// it tells its address.
import { openGlance } from "./canned-glance.ts";

const [size = "0"] = process.argv.slice(2);
const { address } = await openGlance(Number(size));
process.send?.(address);
process.on("disconnect", () => process.exit());
