import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import t from "tap";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import { ComputeService, type Server, ServerSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, notFound } from "../support/fake-region.ts";

function fixture(name: string): JsonObject {
  const url = new URL(`../fixtures/nova/${name}.json`, import.meta.url);
  const raw: unknown = JSON.parse(readFileSync(url, "utf8"));
  return isObject(raw) ? raw : {};
}

// One server of a real Nova (Zed), asked for with each microversion, and its flavors.
async function server(microversion: string): Promise<Server> {
  const raw = fixture(`server-${microversion}`);
  const cloud = new FakeRegion(({ path }) => {
    switch (path) {
      case `/servers/${raw.id}`:
        return { server: raw };
      case "/flavors/detail":
        return fixture("flavors");
      default:
        return notFound();
    }
  });
  const method = ComputeService.method.getServer;
  const answer = await api().call(method, { nameOrId: String(raw.id) }, callTo(cloud));
  return answer.server ?? create(ServerSchema);
}

const newest = await server("2.93");

t.test("clouds from Queens to today give the same server", async (t) => {
  for (const microversion of ["2.60", "2.90"]) {
    const { properties, hostname, ...same } = await server(microversion);
    const { properties: _, hostname: __, ...expected } = newest;
    t.strictSame(same, expected, microversion);
  }
});

t.test("older ones leave out only what they do not know", async (t) => {
  const unknown = new Map([
    ["2.47", ["hostname", "serverGroupIds"]],
    ["2.46", ["hostname", "serverGroupIds"]],
    ["2.1", ["hostname", "serverGroupIds", "description", "isLocked", "tags", "attachedVolumes"]],
  ]);
  for (const [microversion, fields] of unknown) {
    const old = await server(microversion);
    for (const key of Object.keys(newest) as (keyof Server)[]) {
      if (key !== "properties" && !fields.includes(key)) {
        t.strictSame(old[key], newest[key], `${microversion} ${key}`);
      }
    }
  }
});

t.test("nothing of any answer is lost", async (t) => {
  t.strictSame(Object.keys(newest.properties ?? {}).toSorted(), [
    "OS-DCF:diskConfig",
    "OS-SRV-USG:terminated_at",
    "locked_reason",
    "trusted_image_certificates",
  ]);
});
