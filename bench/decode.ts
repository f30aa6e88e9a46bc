// What it costs to make messages of upstream objects: servers as Nova lists them,
// decoded by the engine, beside the JSON.parse before and the serialising after it.
import { readFileSync } from "node:fs";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { binaryOf } from "../src/answer/binary.ts";
import { jsonOf } from "../src/answer/json.ts";
import type { JsonObject } from "../src/cloud/json.ts";
import { prepareServer } from "../src/compute/hooks.ts";
import { ListServersResponseSchema, type Server, ServerSchema } from "../src/gen/oaktree/v1/compute_pb.js";
import { compileDecoder } from "../src/rest/decode.ts";
import { type BenchOptions, measure, type Row } from "./support/measure.ts";

/** Times each step for a list of servers, per server. */
export function run({ full }: BenchOptions): Row[] {
  const one = readFileSync(new URL("fixtures/server.json", import.meta.url), "utf8");
  const count = 1000;
  const text = `{"servers":[${Array.from({ length: count }, () => one).join(",")}]}`;
  const { servers } = JSON.parse(text) as { servers: JsonObject[] };
  const decode = compileDecoder(ServerSchema);
  const messages = servers.map((raw) => decode(prepareServer(raw)) as Server);
  const response = create(ListServersResponseSchema, { servers: messages });
  return measure({ rounds: full ? 200 : 30, per: count, unit: "server" }, [
    ["JSON.parse", () => JSON.parse(text)],
    ["JSON.parse + JSON.stringify", () => JSON.stringify(JSON.parse(text))],
    ["decode (prepare + engine)", () => servers.map((raw) => decode(prepareServer(raw)))],
    ["binaryOf", () => binaryOf(ListServersResponseSchema, response)],
    ["jsonOf", () => jsonOf(ListServersResponseSchema, response)],
    ["toBinary", () => toBinary(ListServersResponseSchema, response)],
    ["toJsonString", () => toJsonString(ListServersResponseSchema, response)],
  ]);
}
