import { scenario } from "./scenario.ts";

scenario("grpcurl");
