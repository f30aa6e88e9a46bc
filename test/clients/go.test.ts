import { scenario } from "./scenario.ts";

scenario("go");
