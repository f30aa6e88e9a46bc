import type { Test } from "tap";
import { stringify } from "yaml";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { World } from "./worlds.ts";

/** A token of Keystone. */
export interface Token {
  /** What is sent. */
  readonly id: string;
  /** Whose it is. */
  readonly userId: string;
}

/** Asks Keystone for a token by any method. */
export async function issue(world: World, identity: JsonObject, scoped = true): Promise<Token> {
  const { auth_url: url = "", project_name: project = "" } = world.clouds.demo?.auth ?? {};
  const scope = scoped ? { scope: { project: { name: project, domain: { name: "Default" } } } } : {};
  const response = await fetch(`${url.replace(/\/$/, "")}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: { identity, ...scope } }),
  });
  const { token } = (await response.json()) as { token: { user: { id: string } } };
  return { id: response.headers.get("x-subject-token") ?? "", userId: token.user.id };
}

/** The password of the tests' user, as a way to get a token. */
export function byPassword(world: World): JsonObject {
  const { username: name = "", password = "" } = world.clouds.demo?.auth ?? {};
  return { methods: ["password"], password: { user: { name, password, domain: { name: "Default" } } } };
}

/** Makes an application credential, which goes away with the test. */
export async function applicationCredential(t: Test, world: World, more: JsonObject): Promise<JsonObject> {
  const { id: token, userId } = await issue(world, byPassword(world));
  const url = `${world.clouds.demo?.auth.auth_url}/users/${userId}/application_credentials`;
  const headers = { "x-auth-token": token, "content-type": "application/json" };
  const body = JSON.stringify({ application_credential: { name: world.unique("robot"), ...more } });
  const response = await fetch(url, { method: "POST", headers, body });
  const { application_credential: made } = (await response.json()) as { application_credential: JsonObject };
  t.teardown(() => fetch(`${url}/${made.id}`, { method: "DELETE", headers }));
  return made;
}

/**
 * A token that ends soon, of an application credential that does, and when it ends: late enough
 * for a call to begin with it, however slowly Keystone answers at the moment.
 */
export async function shortToken(t: Test, world: World): Promise<{ id: string; end: number }> {
  const began = performance.now();
  await issue(world, byPassword(world));
  const slowness = performance.now() - began;
  const end = Math.ceil(Date.now() + 3000 + 20 * slowness);
  const expires_at = new Date(end).toISOString().replace("Z", "");
  const { id = "", secret = "" } = await applicationCredential(t, world, { expires_at });
  const identity = { methods: ["application_credential"], application_credential: { id, secret } };
  return { id: (await issue(world, identity, false)).id, end };
}

/** A clouds.yaml with the credentials of the tests' user, or others. */
export function yamlOf(
  world: World,
  more: object = {},
  auth: object = world.clouds.demo?.auth ?? {},
): string {
  return stringify({ clouds: { demo: { ...world.clouds.demo, auth, ...more } } });
}

/** A clouds.yaml without credentials: each call brings its own. */
export function shared(world: World): string {
  return stringify({
    clouds: { demo: { auth: { auth_url: world.clouds.demo?.auth.auth_url }, region_name: "RegionOne" } },
  });
}
