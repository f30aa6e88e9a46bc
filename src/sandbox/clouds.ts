import { stringify } from "yaml";
import { regions } from "./keystone/catalogue.ts";

/** An entry of a clouds.yaml. */
export interface CloudEntry {
  readonly auth: {
    readonly auth_url: string;
    readonly username: string;
    readonly password: string;
    readonly project_name?: string;
    readonly system_scope?: string;
    readonly user_domain_name: string;
    readonly project_domain_name?: string;
  };
  readonly region_name: string;
  readonly identity_api_version: number;
}

/** Names of the clouds in the sandbox's clouds.yaml. */
export type CloudName = "admin" | "demo" | "alt" | "reader" | "system" | "demo2";

/** The entry of one cloud. `demo2` is demo in the second region, `system` the administrator with system scope. */
export function cloudEntry(url: string, password: string, name: CloudName): CloudEntry {
  const username = name === "system" ? "admin" : name === "demo2" ? "demo" : name;
  const project = username === "reader" ? "demo" : username;
  const scope =
    name === "system" ? { system_scope: "all" } : { project_name: project, project_domain_name: "Default" };
  return {
    auth: { auth_url: `${url}/identity/v3`, username, password, user_domain_name: "Default", ...scope },
    region_name: regions[name === "demo2" ? 1 : 0] ?? "RegionOne",
    identity_api_version: 3,
  };
}

/** A clouds.yaml of all clouds, or of those that are named. */
export function cloudsYaml(url: string, password: string, names: readonly CloudName[]): string {
  return stringify({
    clouds: Object.fromEntries(names.map((name) => [name, cloudEntry(url, password, name)])),
  });
}
