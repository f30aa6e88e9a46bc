import type { Test } from "tap";
import type { World } from "./worlds.ts";

/** Id and secret of an application credential. */
export interface Pair {
  readonly id: string;
  readonly secret: string;
}

/** Asks Keystone for a token, as any tool of the user's would. */
export async function keystoneToken(world: World, user: string): Promise<string> {
  return (await signIn(world, user)).token;
}

/** Makes an application credential as `openstack application credential create` does; it goes with the test. */
export async function applicationCredential(
  t: Test,
  world: World,
  user: string,
): Promise<Pair & { remove(): Promise<void> }> {
  const { base, token, userId } = await signIn(world, user);
  const url = `${base}/users/${userId}/application_credentials`;
  const headers = { "x-auth-token": token, "content-type": "application/json" };
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ application_credential: { name: world.unique("oauth") } }),
  });
  const { application_credential } = (await response.json()) as { application_credential: Pair };
  const { id, secret } = application_credential;
  const remove = async (): Promise<void> => {
    await fetch(`${url}/${id}`, { method: "DELETE", headers });
  };
  t.teardown(remove);
  return { id, secret, remove };
}

async function signIn(world: World, user: string) {
  const auth = world.clouds[user]?.auth ?? {};
  const domain = { name: auth.user_domain_name ?? "Default" };
  const base = `${auth.auth_url?.replace(/\/v3\/?$/, "")}/v3`;
  const response = await fetch(`${base}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: auth.username, password: auth.password, domain } },
        },
        scope: { project: { name: auth.project_name, domain } },
      },
    }),
  });
  const { token } = (await response.json()) as { token: { user: { id: string } } };
  return { base, token: response.headers.get("x-subject-token") ?? "", userId: token.user.id };
}
