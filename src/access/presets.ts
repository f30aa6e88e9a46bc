import type { AccessRule, CatalogueService } from "../cloud/region.ts";
import { ApiUserAccess } from "../gen/oaktree/v1/access_pb.js";

const reads = ["GET", "HEAD"];
const writes = ["POST", "PUT", "PATCH", "DELETE"];

/**
 * What a preset allows on one service: methods and paths. Paths below a version
 * are given with it, since the service sees them so.
 */
type Allowed = readonly (readonly [methods: readonly string[], ...paths: string[]])[];

const readAll: Allowed = [[reads, "/**"]];
const all: Allowed = [[[...reads, ...writes], "/**"]];

/**
 * So that a token can be ended where Keystone holds its own calls to the rules. That of Zed does not, and
 * answers 404 to the revocation of a token with rules.
 */
const ownToken: Allowed = [[["DELETE"], "/v3/auth/tokens"]];

/** Of identity only what is the caller's own: EC2 credentials are as good as a password. */
const ownIdentity: Allowed = [
  ...ownToken,
  [["GET"], "/v3/auth/**", "/v3/projects/*", "/v3/users/*", "/v3/users/*/projects"],
  [["GET"], "/v3/users/*/application_credentials", "/v3/users/*/application_credentials/*"],
];

const presets = new Map<ApiUserAccess, (service: string) => Allowed>([
  [
    ApiUserAccess.READ_ONLY,
    (service) => (service === "identity" ? ownIdentity : service === "key-manager" ? [] : readAll),
  ],
  [ApiUserAccess.IMAGES, (service) => (service === "identity" ? ownToken : service === "image" ? all : [])],
  [ApiUserAccess.SERVERS, forServers],
]);

function forServers(service: string): Allowed {
  switch (service) {
    case "identity":
      return ownToken;
    case "compute":
      return all;
    case "image":
      return readAll;
    case "network":
      return [...readAll, [writes, ...below("/v2.0/ports"), ...below("/v2.0/floatingips")]];
    case "block-storage":
      // With and without the project in the path (Cinder takes both since 3.67).
      return [
        ...readAll,
        ...["/v3/*", "/v3"].map(
          (root) => [writes, ...below(`${root}/volumes`), ...below(`${root}/attachments`)] as const,
        ),
      ];
    default:
      return [];
  }
}

function below(path: string): string[] {
  return [path, `${path}/**`];
}

/**
 * The access rules of a preset on a cloud. Undefined: none, everything is allowed.
 *
 * A service compares a rule's service with its own `service_type`, and wants that in
 * the catalogue (keystonemiddleware, validate_allowed_request). So rules are made for
 * the types that the catalogue has, whichever alias that is.
 */
export function rulesOf(
  access: ApiUserAccess,
  catalogue: readonly CatalogueService[],
): AccessRule[] | undefined {
  const allowed = presets.get(access);
  if (allowed === undefined) {
    return undefined;
  }
  const services = catalogue.some(({ service }) => service === "identity")
    ? catalogue
    : // An empty list of rules would allow everything.
      [...catalogue, { service: "identity", type: "identity", root: "" }];
  const rules = new Map<string, AccessRule>();
  for (const { service, type, root } of services) {
    for (const [methods, ...paths] of allowed(service)) {
      for (const path of paths.flatMap((each) => seenAs(each, root))) {
        for (const method of methods) {
          const rule = { service: type, method, path };
          rules.set(keyOf(rule), rule);
        }
      }
    }
  }
  return [...rules.values()];
}

/** A proxy may or may not take the service's own place off the path before the service sees it. */
function seenAs(path: string, root: string): string[] {
  return path === "/**" || root === "" ? [path] : [path, `${root}${path}`];
}

/** The preset that the rules are. Unspecified: none. */
export function accessOf(
  rules: readonly AccessRule[],
  catalogue: readonly CatalogueService[],
): ApiUserAccess {
  if (rules.length === 0) {
    return ApiUserAccess.EVERYTHING;
  }
  const keys = new Set(rules.map(keyOf));
  for (const access of presets.keys()) {
    const wanted = rulesOf(access, catalogue) ?? [];
    if (wanted.length === keys.size && wanted.every((rule) => keys.has(keyOf(rule)))) {
      return access;
    }
  }
  return ApiUserAccess.UNSPECIFIED;
}

function keyOf({ service, method, path }: AccessRule): string {
  return `${service} ${method} ${path}`;
}
