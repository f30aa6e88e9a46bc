import { createHash } from "node:crypto";
import type { JsonValue } from "../../cloud/json.ts";

/** Regions of the sandbox, both at the same addresses. */
export const regions: readonly string[] = ["RegionOne", "RegionTwo"];

const services: readonly { type: string; name: string; path: string }[] = [
  { type: "compute", name: "nova", path: "/compute/v2.1" },
  { type: "image", name: "glance", path: "/image" },
  { type: "identity", name: "keystone", path: "/identity/v3" },
  { type: "network", name: "neutron", path: "/network" },
  { type: "object-store", name: "swift", path: "/v1/AUTH_%(project_id)s" },
  { type: "volumev3", name: "cinderv3", path: "/volume/v3/%(project_id)s" },
];

/** The catalogue of a token, as Keystone writes it: without a project there are no endpoints that name one. */
export function catalogue(
  url: string,
  projectId: string | undefined,
  absent: readonly string[],
): JsonValue[] {
  return services
    .filter(({ type }) => !absent.includes(type))
    .map(({ type, name, path }) => ({
      endpoints: (projectId === undefined && path.includes("%") ? [] : regions).flatMap((region) =>
        ["public", "internal", "admin"].map((kind) => ({
          id: stableId(`${type} ${region} ${kind}`),
          interface: kind,
          region_id: region,
          url: url + path.replace("%(project_id)s", projectId ?? ""),
          region,
        })),
      ),
      id: stableId(type),
      type,
      name,
    }));
}

function stableId(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
