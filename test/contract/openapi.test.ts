// What a curl user sees is what /openapi.json says: each request is made to fit
// it, and each answer is held to it.
import type { Test } from "tap";
import { faultsOf, least, operations, schemas } from "../support/openapi.ts";
import { contract, type World } from "../support/worlds.ts";

type Json = Record<string, unknown>;

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree";

contract("every operation answers as the OpenAPI document says", async (t, world) => {
  for (const { name, request } of operations) {
    if (!changesWithoutName.has(name)) {
      await call(t, world, name, least(schemas[request] ?? {}) as Json);
    }
  }
});

contract("what is made, read, changed and deleted is as the OpenAPI document says", async (t, world) => {
  const name = world.unique("openapi");
  const good = async (operation: string, body: Json) => {
    const { status, answer } = await call(t, world, operation, body);
    t.equal(status, 200, operation, { answer });
    return answer;
  };
  const idOf = (answer: Json, key: string) => String((answer[key] as Json).id);
  const ended: (() => Promise<unknown>)[] = [];
  const atEnd = (operation: string, nameOrId = name) =>
    ended.unshift(() => good(operation, { nameOrId, allowMissing: true }));
  try {
    await good("CreateKeypair", { name, publicKey });
    atEnd("DeleteKeypair");
    const data = Buffer.from("an image").toString("base64");
    const image = await good("CreateImage", { image: { name, diskFormat: "raw" }, data });
    atEnd("DeleteImage");
    await good("UpdateImage", { nameOrId: name, minDiskGib: "1", properties: { os_distro: "debian" } });
    await good("CreateSecurityGroup", { name, description: "of openapi.test.ts" });
    atEnd("DeleteSecurityGroup");
    await good("CreateSecurityGroupRule", {
      securityGroup: name,
      direction: "SECURITY_GROUP_RULE_DIRECTION_INGRESS",
      protocol: "tcp",
      portRangeMin: 22,
      portRangeMax: 22,
    });
    await good("CreateNetwork", { name });
    atEnd("DeleteNetwork");
    await good("CreateSubnet", { network: name, name, cidr: "10.77.0.0/24", ipVersion: 4 });
    await good("CreatePort", { network: name, name, securityGroups: [name] });
    atEnd("DeletePort");
    await good("CreateRouter", { name });
    atEnd("DeleteRouter");
    await good("AddRouterInterface", { nameOrId: name, subnet: name });
    ended.unshift(() => good("RemoveRouterInterface", { nameOrId: name, subnet: name }));
    await good("CreateVolume", { name, sizeGib: "1", metadata: { of: "openapi" } });
    atEnd("DeleteVolume");
    await good("WaitForVolumeStatus", { nameOrId: name });
    await good("CreateServerGroup", { name, policy: "anti-affinity" });
    atEnd("DeleteServerGroup");
    const floating = await good("CreateFloatingIp", {});
    atEnd("DeleteFloatingIp", idOf(floating, "floatingIp"));
    const server = await good("CreateServer", {
      name,
      image: idOf(image, "image"),
      flavor: "m1.nano",
      networks: ["private"],
      keyName: name,
      metadata: { of: "openapi" },
    });
    ended.unshift(() =>
      good("WaitForServerStatus", { nameOrId: idOf(server, "server"), status: "SERVER_STATUS_DELETED" }),
    );
    atEnd("DeleteServer");
    await good("WaitForServerStatus", { nameOrId: name, status: "SERVER_STATUS_ACTIVE" });
    await good("GetServerConsole", { nameOrId: name });
    await good("CreateContainer", { name });
    atEnd("DeleteContainer");

    // Every list has something by now, and every object can be read.
    let seen = 0;
    for (const list of lists) {
      // What lists the parts of one object is asked for those of the server.
      const { required = [] } = schemas[list.request] ?? {};
      const answer = await good(list.name, Object.fromEntries(required.map((field) => [field, name])));
      const [key, objects] = Object.entries(answer).find(([, value]) => Array.isArray(value)) ?? [];
      const first = (objects as Json[] | undefined)?.[0];
      const item = schemas[list.answer]?.properties?.[key ?? ""]?.items?.$ref;
      const get = operations.find(
        ({ name, answer }) =>
          name.startsWith("Get") &&
          Object.values(schemas[answer]?.properties ?? {}).some(({ $ref }) => $ref === item),
      );
      if (first !== undefined && get !== undefined) {
        seen += 1;
        const [by = "nameOrId"] = schemas[get.request]?.required ?? [];
        await good(get.name, { [by]: first.id ?? first.name });
      }
    }
    t.ok(seen >= 10, "objects of many kinds were read", { seen });
  } finally {
    for (const end of ended) {
      await end();
    }
  }
});

/** Objects are listed in a container: test/contract/objects.test.ts reads them. */
const lists = operations.filter(({ name }) => /^List(?!Objects)/.test(name));

// With the least request these make or delete things that a test cannot name, and so not take away.
const changesWithoutName = new Set([
  "AvailableFloatingIp",
  "CreateFloatingIp",
  "CreateNetwork",
  "CreateRouter",
  "CreateVolume",
  "CreateKeypair",
  "CreateImage",
  "CreateServerGroup",
  "CreateSecurityGroup",
  "DeleteUnattachedFloatingIps",
]);

/** Calls an RPC as curl would, by GET too where it only reads. */
async function call(
  t: Test,
  { server, token, location }: World,
  name: string,
  request: Json,
): Promise<{ status: number; answer: Json }> {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) {
    throw new Error(`there is no ${name}`);
  }
  const known = schemas[operation.request]?.properties ?? {};
  const body = Object.fromEntries(
    Object.entries({ location, ...request }).filter(([key]) => key in known || key in request),
  );
  t.strictSame(faultsOf(operation.request, body), [], `the request of ${name} fits`, { body });
  const authorization = `Bearer ${token}`;
  const url = `${server.url}${operation.path}`;
  const query = new URLSearchParams({ encoding: "json", message: JSON.stringify(body) });
  const response = await (operation.hasGet
    ? fetch(`${url}?${query}`, { headers: { authorization } })
    : fetch(url, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      }));
  const answer = (await response.json()) as Json;
  const faults = faultsOf(response.ok ? operation.answer : "connect.Error", answer);
  t.strictSame(faults, [], `the answer of ${name} is as it should be`, { status: response.status, answer });
  return { status: response.status, answer };
}
