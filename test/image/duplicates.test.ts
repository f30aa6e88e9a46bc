import { create } from "@bufbuild/protobuf";
import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import {
  CreateImageRequestSchema,
  type CreateImageResponse,
  ImageService,
  NewImageSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion } from "../support/fake-region.ts";

const id = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";
const md5 = "900150983cd24fb0d6963f7d28e17f72";
const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const other = "0".repeat(32);

/** Whether an upload of "abc" is answered with this image, which is there already. */
async function isTaken(there: JsonObject, wanted: object): Promise<boolean> {
  const region = new FakeRegion(({ method, path, query }) =>
    method === "GET" && path === "/images"
      ? {
          images:
            query?.os_hidden === String(there.os_hidden ?? false)
              ? [{ id, name: "i", status: "active", ...there }]
              : [],
        }
      : { id: "5f3a1e46-6ac5-4c5f-8e5e-7b8d3c1d0a11", name: "i", status: "active", size: 3 },
  );
  region.bytes = async ({ source }) => {
    for await (const _ of source ?? []) {
      // Taken.
    }
    return { status: 204, headers: {}, body: (async function* () {})() };
  };
  const request = create(CreateImageRequestSchema, {
    image: create(NewImageSchema, { name: "i", ...wanted }),
    data: Buffer.from("abc"),
  });
  const answer: CreateImageResponse = await api().call(
    ImageService.method.createImage,
    request,
    callTo(region),
  );
  t.equal(answer.isExisting, answer.image?.id === id);
  return answer.isExisting;
}

t.test("an image with an announced digest is not made again", async (t) => {
  t.ok(await isTaken({ "owner_specified.openstack.md5": md5 }, { md5 }));
  t.ok(
    await isTaken({ "owner_specified.openstack.sha256": sha256 }, { sha256, md5 }),
    "one known digest will do",
  );
  t.ok(await isTaken({ "owner_specified.shade.sha256": sha256 }, { sha256 }), "shade's own keys count");
  t.ok(await isTaken({ "owner_specified.shade.md5": md5, "owner_specified.openstack.md5": "" }, { md5 }));
  t.ok(await isTaken({ checksum: md5 }, { md5: md5.toUpperCase() }), "so does Glance's own digest");
  t.ok(await isTaken({ checksum: md5, os_hidden: true }, { md5 }), "and hidden images");
});

t.test("an image with other bytes is no duplicate, and neither is one that may have others", async (t) => {
  t.notOk(
    await isTaken({ checksum: md5, "owner_specified.openstack.sha256": other }, { md5, sha256 }),
    "one differs",
  );
  t.notOk(await isTaken({ "owner_specified.openstack.md5": md5 }, {}), "nothing was announced");
  t.notOk(await isTaken({ "owner_specified.openstack.md5": "" }, { md5 }), "nothing is known");
  t.notOk(await isTaken({ checksum: md5, name: "j" }, { md5 }), "another name");
  t.notOk(await isTaken({ "owner_specified.openstack.md5": md5, status: "queued" }, { md5 }), "half-made");
  t.notOk(await isTaken({ checksum: md5 }, { md5, allowDuplicates: true }), "duplicates are allowed");
});

t.test("the vendor's agent is turned off as the cloud's settings say", async (t) => {
  const created = async (image: object): Promise<JsonObject> => {
    const region = new FakeRegion(() => ({ id, name: "i", status: "queued" }));
    Object.assign(region, {
      settings: { disable_vendor_agent: { vm_mode: "hvm", xenapi_use_agent: false } },
    });
    const request = create(CreateImageRequestSchema, {
      image: create(NewImageSchema, { name: "i", ...image }),
    });
    await api().call(ImageService.method.createImage, request, callTo(region));
    return region.requests[0]?.body as JsonObject;
  };
  t.match(await created({}), { vm_mode: "hvm", xenapi_use_agent: "False" });
  t.match(
    await created({ properties: { vm_mode: "xen" } }),
    { vm_mode: "xen" },
    "what the caller says goes before",
  );
  t.equal((await created({ keepVendorAgent: true })).vm_mode, undefined);
});
