import type { Test } from "tap";
import type { Pair } from "./keystone.ts";
import type { World } from "./worlds.ts";

/** A user of a test's own, with the role member on the project demo, and an application credential. */
export interface OwnUser extends Pair {
  /** Disables the user, as administrators do. */
  disable(): Promise<void>;
  /** Takes its role away. */
  removeRole(): Promise<void>;
  /** Deletes the application credential, as the user itself. */
  removeCredential(): Promise<void>;
}

/** Makes the user by the cloud's administrator; it goes with the test. */
export async function ownUser(t: Test, world: World): Promise<OwnUser> {
  const admin = await login(world, world.clouds.admin?.auth ?? {});
  const name = world.unique("user");
  const password = world.unique("password");
  const { user } = await admin.ask("POST", "/users", { user: { name, password, domain_id: "default" } });
  const path = `/users/${user.id}`;
  t.teardown(() => admin.ask("DELETE", path));
  const { projects } = await admin.ask("GET", "/projects?name=demo");
  const { roles } = await admin.ask("GET", "/roles?name=member");
  const grant = `/projects/${projects[0].id}${path}/roles/${roles[0].id}`;
  await admin.ask("PUT", grant);
  const auth = { ...world.clouds.demo?.auth, username: name, password };
  const own = await login(world, auth);
  const made = await own.ask("POST", `${path}/application_credentials`, {
    application_credential: { name: "own" },
  });
  const { id, secret } = made.application_credential;
  return {
    id,
    secret,
    disable: () => admin.ask("PATCH", path, { user: { enabled: false } }),
    removeRole: () => admin.ask("DELETE", grant),
    removeCredential: () => own.ask("DELETE", `${path}/application_credentials/${id}`),
  };
}

async function login(world: World, auth: Readonly<Record<string, string>>) {
  const base = `${world.clouds.demo?.auth.auth_url?.replace(/\/v3\/?$/, "")}/v3`;
  let token = "";
  // biome-ignore lint/suspicious/noExplicitAny: Keystone's answers, of which a test reads a word or two
  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token !== "" && { "x-auth-token": token }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`${method} ${path}: HTTP ${response.status}`);
    }
    token ||= response.headers.get("x-subject-token") ?? "";
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  };
  const domain = { name: "Default" };
  await ask("POST", "/auth/tokens", {
    auth: {
      identity: {
        methods: ["password"],
        password: { user: { name: auth.username, password: auth.password, domain } },
      },
      scope: { project: { name: auth.project_name, domain } },
    },
  });
  return { ask };
}
