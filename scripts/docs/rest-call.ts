import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import type { SchemaSource } from "../schema/source.ts";

const updates: Readonly<Record<string, string>> = {
  UPDATE_PUT: "PUT",
  UPDATE_PATCH: "PATCH",
  UPDATE_JSON_PATCH: "PATCH",
};

/**
 * The REST call behind an RPC, as its annotations have it: `GET /flavors/detail`
 * of the service type `compute`. `undefined`: the RPC has a handler of its own.
 */
export function restCall(source: SchemaSource, method: DescMethod): string | undefined {
  const call = source.annotation(method, "oaktree.rest.v1.call");
  const kind = (["list", "get", "create", "update", "delete", "action"] as const).find(
    (kind) => typeof call[kind] === "string",
  );
  if (kind === undefined) {
    return undefined;
  }
  const resource = source.annotation(source.message(String(call[kind])), "oaktree.rest.v1.resource");
  const key = typeof call.key === "string" ? `, \`${call.key}\` in the body` : "";
  return `\`${line(kind, call, resource)}\`${key} (${resource.service})`;
}

function line(kind: string, call: JsonObject, resource: JsonObject): string {
  const path = String(resource.path ?? "");
  const one =
    resource.singleton === true ? path : `${path}/{${resource.namesInPath === true ? "name" : "id"}}`;
  switch (kind) {
    case "list":
      return `GET ${resource.list ?? path}`;
    case "get":
      return `GET ${one}`;
    case "create":
      return `POST ${path}`;
    case "update":
      return `${updates[String(resource.update)] ?? "PUT"} ${one}`;
    case "delete":
      return `DELETE ${one}`;
    default:
      return `${call.method ?? "POST"} ${one}${call.path ?? "/action"}`;
  }
}
