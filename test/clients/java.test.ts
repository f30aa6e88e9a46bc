import { scenario } from "./scenario.ts";

scenario("java");
