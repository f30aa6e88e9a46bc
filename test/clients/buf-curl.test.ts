import { scenario } from "./scenario.ts";

scenario("buf-curl");
