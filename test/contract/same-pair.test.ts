// Id and secret of an API user are an application credential, wherever those are taken; and the other way round.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { oauthOaktree } from "../support/oauth.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { openstackContract } from "../support/worlds.ts";

/** OpenStack's own command line, in Debian's Python, with one cloud of a clouds.yaml. */
async function openstack(file: string, args: string[]): Promise<string> {
  const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: "demo" };
  return (await promisify(execFile)("/usr/bin/openstack", args, { env })).stdout;
}

openstackContract(
  "a pair from Oaktree is good in clouds.yaml and at Keystone's own OAuth endpoint",
  async (t, world) => {
    const { location } = world;
    const access = world.client(AccessService);
    const name = world.unique("pair");
    const { apiUser, secret } = await access.createApiUser({
      location,
      name,
      access: ApiUserAccess.EVERYTHING,
    });
    const id = apiUser?.id ?? "";
    t.teardown(() => access.deleteApiUser({ location, nameOrId: id, allowMissing: true }));

    const { auth_url } = world.clouds.demo?.auth ?? {};
    const auth = { auth_url, application_credential_id: id, application_credential_secret: secret };
    const yaml = stringify({
      clouds: { demo: { auth_type: "v3applicationcredential", auth, region_name: "RegionOne" } },
    });
    const file = await temporaryFile(t, "clouds.yaml", yaml);
    t.match(await openstack(file, ["flavor", "list", "-f", "value", "-c", "Name"]), /^m1\.nano$/m);
    const personal = await oaktreeBefore(t, yaml);
    t.match(await personal(AccessService).whoAmI({}), { identities: [{ apiUser: { id, name } }] });

    const answer = await fetch(`${auth_url}/OS-OAUTH2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const shared = await oaktreeBefore(t, stringify({ clouds: { demo: { auth: { auth_url } } } }));
    const bearer = shared(ComputeService, { authorization: `Bearer ${token}` });
    t.ok((await bearer.listFlavors({})).flavors.length > 0, "its token is good here too");
  },
);

openstackContract("a pair from OpenStack's command line is an OAuth client", async (t, world) => {
  const file = process.env.OAKTREE_TEST_OPENSTACK ?? "";
  const name = world.unique("pair");
  const made = await openstack(file, ["application", "credential", "create", "-f", "json", name]);
  t.teardown(() => openstack(file, ["application", "credential", "delete", name]));
  const oaktree = await oauthOaktree(t, world);
  const as = await oaktree.signedIn(JSON.parse(made));
  const { identities } = await as(AccessService).whoAmI({});
  t.match(identities, [{ apiUser: { name, access: ApiUserAccess.EVERYTHING } }]);
  const { apiUser } = await world
    .client(AccessService)
    .getApiUser({ location: world.location, nameOrId: name });
  t.equal(apiUser?.id, identities[0]?.apiUser?.id, "and an API user");
});
