import { readFile } from "node:fs/promises";
import t from "tap";
import { parse } from "yaml";
import { startSandbox } from "../../src/sandbox/start.ts";
import { Upstream } from "../support/upstream.ts";
import type { CloudEntry } from "../support/worlds.ts";
import { differences } from "./compare.ts";
import { cinder } from "./corpus/cinder.ts";
import { glance } from "./corpus/glance.ts";
import { keystone } from "./corpus/keystone.ts";
import { neutron } from "./corpus/neutron.ts";
import { nova } from "./corpus/nova.ts";
import { swift } from "./corpus/swift.ts";
import { Exchanges, type Names } from "./exchange.ts";
import { known } from "./known.ts";
import type { Story } from "./story.ts";

// The same requests to the real services and to the sandbox. Where they differ, the sandbox is wrong.

const stories: Readonly<Record<string, readonly Story[]>> = {
  keystone: [keystone],
  nova,
  neutron: [neutron],
  glance: [glance],
  cinder: [cinder],
  swift: [swift],
};

const openstackFile = process.env.OAKTREE_TEST_OPENSTACK;
const unique = `diff-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;

t.test("the corpus is large", async (t) => {
  const count = Object.values(stories)
    .flat()
    .reduce((sum, { exchanges }) => sum + exchanges.length, 0);
  t.comment(`${count} requests`);
  t.ok(count >= 300);
});

if (openstackFile !== undefined) {
  const real = parse(await readFile(openstackFile, "utf8")) as Clouds;
  const used = new Set<string>();
  for (const [service, its] of Object.entries(stories)) {
    t.test(`the sandbox answers as the real ${service}`, { timeout: 600_000 }, async (t) => {
      const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50 });
      t.teardown(() => sandbox.close());
      const [one, two] = await Promise.all([world(real), world(parse(sandbox.cloudsYaml()) as Clouds)]);
      for (const exchange of its.flatMap(({ exchanges }) => exchanges)) {
        const [theirs, ours] = await Promise.all([one.send(exchange), two.send(exchange)]);
        const request = `${exchange.service} ${exchange.method} ${exchange.path}`;
        const found = differences(theirs, ours).filter((difference) => {
          const why = known.find((each) => each.request.test(request) && each.difference.test(difference));
          used.add(why?.reason ?? "");
          return why === undefined;
        });
        t.strictSame(
          found,
          [],
          `${request} ${JSON.stringify(exchange.body ?? "").slice(0, 80)} by ${exchange.user}`,
        );
      }
    });
  }
  t.test("every difference that is listed is there", async (t) => {
    for (const { reason } of known) {
      t.ok(used.has(reason), reason);
    }
  });
}

interface Clouds {
  readonly clouds: Readonly<Record<string, CloudEntry>>;
}

/** A world, and what it calls what both have. */
async function world({ clouds }: Clouds): Promise<Exchanges> {
  const demo = await Upstream.login(clouds.demo as CloudEntry);
  const first = async (service: string, path: string) => String((await demo.list(service, path))[0]?.id);
  const names: Names = new Map([
    ["u", unique],
    ["password", clouds.demo?.auth.password ?? ""],
    ["image", await first("image", "/v2/images?name=lab-small")],
    ["network", await first("network", "/v2.0/networks?name=private")],
    ["external", await first("network", "/v2.0/networks?router:external=True")],
    ["demo_user", demo.userId],
  ]);
  return Exchanges.open(clouds, names);
}
