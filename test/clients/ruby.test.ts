import { scenario } from "./scenario.ts";

scenario("ruby");
