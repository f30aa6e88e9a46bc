// Starts byte-server.ts as the command line starts Oaktree: with little young memory, before much is loaded.
import { keepYoungMemorySmall } from "../../src/young-memory.ts";

keepYoungMemorySmall();
await import("./byte-server.ts");
