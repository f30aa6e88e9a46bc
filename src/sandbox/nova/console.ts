import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import type { Reply } from "../core/http.ts";
import { repr } from "../core/python.ts";
import { mayWrite, type NovaCall, NovaError } from "./call.ts";
import { anything, checked, invalid } from "./schema.ts";
import type { Server } from "./state.ts";

/** The action `os-getConsoleOutput`. */
export function consoleOutput(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  mayWrite(call, "os-console-output");
  const { length = null } = checked(body, "os-getConsoleOutput", { length: anything });
  if (length !== null && !/^-?[0-9]+$/.test(String(length))) {
    throw invalid("length", length, `${repr(length)} does not match '^-?[0-9]+$'`);
  }
  if (server.host === null) {
    throw new NovaError(409, `Instance ${server.id} is not ready`);
  }
  const started = server.launchedAt === null ? "" : ` at ${isoMicros(server.launchedAt)}`;
  const lines = ["SANDBOX CONSOLE OUTPUT", `${server.hostname} started${started}`, "LAST LINE"];
  const count = length === null || Number(length) < 0 ? lines.length : Number(length);
  return {
    status: 200,
    json: { output: lines.slice(lines.length - Math.min(count, lines.length)).join("\n") },
  };
}
