import { scenario } from "./scenario.ts";

scenario("connect-go");
