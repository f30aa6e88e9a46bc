import { scenario } from "./scenario.ts";

scenario("curl");
