import { header } from "../core/http.ts";
import { type SwiftCall, SwiftError } from "./call.ts";

/** Roles that make a user the owner of the project's account (keystoneauth, operator_roles). */
const operators = ["admin", "member", "swiftoperator"];

/**
 * Lets a call through or throws 401 or 403. `acl` is what the container's header
 * says. The answer is whether the caller is the account's owner, who alone sees
 * access lists and keys.
 */
export function authorize(call: SwiftCall, acl = ""): boolean {
  const { caller, opened } = call;
  if (opened !== undefined) {
    return false;
  }
  const isOwn = caller !== undefined && call.account === `AUTH_${caller.projectId}`;
  if (isOwn && caller.roles.some((role) => operators.includes(role))) {
    return true;
  }
  const { referrers, groups } = parsed(acl);
  const { user } = caller ?? {};
  if (caller !== undefined && user !== undefined) {
    const projects = [caller.projectId, caller.projectName, "*"];
    const users = [user.id, user.name, "*"];
    if (projects.some((project) => users.some((name) => groups.includes(`${project}:${name}`)))) {
      return false;
    }
  }
  const referred = referrerAllowed(header(call.request.headers, "referer"), referrers);
  if (referred && (call.object !== "" || groups.includes(".rlistings"))) {
    return false;
  }
  if (caller === undefined) {
    throw unauthorized(call);
  }
  if (isOwn && !referred && caller.roles.some((role) => groups.includes(role))) {
    return false;
  }
  throw new SwiftError(403);
}

/** The 401 for who does not say who it is. */
export function unauthorized(call: SwiftCall): SwiftError {
  return new SwiftError(401, undefined, {
    "www-authenticate": `Keystone uri="${call.request.base}/identity/v3"`,
  });
}

function parsed(acl: string): { referrers: string[]; groups: string[] } {
  const items = acl === "" ? [] : acl.split(",");
  return {
    referrers: items.filter((item) => item.startsWith(".r:")).map((item) => item.slice(3)),
    groups: items.filter((item) => !item.startsWith(".r:")).map(unquoted),
  };
}

function unquoted(item: string): string {
  try {
    return decodeURIComponent(item);
  } catch {
    return item;
  }
}

function referrerAllowed(referrer: string | undefined, rules: readonly string[]): boolean {
  const host = URL.canParse(referrer ?? "") ? new URL(referrer ?? "").hostname : "unknown";
  let allowed = false;
  for (const rule of rules) {
    const name = rule.replace(/^-/, "");
    if (name === host || (name.startsWith(".") && host.endsWith(name)) || rule === "*") {
      allowed = !rule.startsWith("-");
    }
  }
  return allowed;
}

/** An access list as Swift keeps it. @throws SwiftError 400. */
export function cleanAcl(name: string, value: string): string {
  const items: string[] = [];
  for (const raw of value.split(",").map((item) => item.trim())) {
    const [, first = "", second = ""] = /^(\.[^:]*?)\s*:\s*(.*)$/s.exec(raw) ?? [];
    if (first === "") {
      items.push(...(raw === "" ? [] : [raw]));
    } else if (!/^\.r(ef|eferer|eferrer)?$/.test(first)) {
      throw new SwiftError(400, `Unknown designator '${first}' in ACL: '${raw}'`);
    } else if (name.includes("write")) {
      throw new SwiftError(400, `Referrers not allowed in write ACL: '${raw}'`);
    } else {
      const negated = second.startsWith("-") ? "-" : "";
      const host = second
        .slice(negated.length)
        .trim()
        .replace(/^\*(?=.)/, "")
        .trim();
      if (host === "" || host === ".") {
        const missing = "No host/domain value after referrer designation in ACL";
        throw new SwiftError(400, `${missing}: '${raw}'`);
      }
      items.push(`.r:${negated}${host}`);
    }
  }
  return items.join(",");
}
