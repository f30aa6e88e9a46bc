import { scenario } from "./scenario.ts";

scenario("python");
