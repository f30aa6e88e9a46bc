// Most clouds are reached over TLS; Glance and Swift are put behind it here, and the bytes are looked at on their way.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createServer } from "node:tls";
import type { Test } from "tap";
import { stringify } from "yaml";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import {
  downloadedImage,
  downloadedObject,
  imageUpload,
  objectUpload,
  ownContainer,
} from "../support/transfers.ts";
import { type Rest, truth } from "../truth/rest.ts";

const file = (name: string): string => join(import.meta.dirname, "../cloud/tls", name);
const location = { cloud: "demo", region: "RegionOne" };

/** Puts a service behind TLS. @returns its address there, and how many bytes went up and down. */
async function behindTls(t: Test, service: string) {
  const { port, hostname, pathname } = new URL(service);
  const passed = { up: 0, down: 0 };
  const front = createServer(
    { key: readFileSync(file("server.key")), cert: readFileSync(file("server.pem")) },
    (near) => {
      const far = connect(Number(port), hostname);
      near.on("data", (bytes: Buffer) => {
        passed.up += bytes.length;
      });
      far.on("data", (bytes: Buffer) => {
        passed.down += bytes.length;
      });
      // Either end may leave; the other one is closed then.
      pipeline(near, far, () => near.destroy());
      pipeline(far, near, () => far.destroy());
    },
  ).listen(0, "127.0.0.1");
  await once(front, "listening");
  t.teardown(() => front.close());
  const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}${pathname}`;
  return { url: url.replace(/\/$/, ""), passed };
}

/** An Oaktree that reaches Glance and Swift over TLS only. */
async function overTls(t: Test, rest: Rest) {
  const image = await behindTls(t, await rest.endpoint("image"));
  const swift = await behindTls(t, await rest.endpoint("object-store"));
  const demo = {
    auth: rest.auth("demo"),
    region_name: location.region,
    cacert: file("ca.pem"),
    image_endpoint_override: image.url,
    object_store_endpoint_override: swift.url,
  };
  const clientOf = await oaktreeBefore(t, stringify({ clouds: { demo } }));
  return {
    images: clientOf(ImageService),
    objects: clientOf(ObjectStoreService),
    passed: { image: image.passed, swift: swift.passed },
  };
}

for (const size of [0, 1000, 5_000_000]) {
  truth(`${size} bytes pass over TLS`, async (t, rest) => {
    const { images, objects, passed } = await overTls(t, rest);
    const bytes = randomBytes(size);
    const pieces = [bytes.subarray(0, size / 2), bytes.subarray(size / 2)];
    const name = rest.unique("tls");

    const sized = { name, diskFormat: "raw", containerFormat: "bare", sizeBytes: BigInt(size) };
    const { image } = await images.uploadImage(imageUpload(location, sized, pieces));
    t.teardown(() => images.deleteImage({ location, nameOrId: name, allowMissing: true }));
    t.equal(image?.sizeBytes, BigInt(size));
    const downImage = await downloadedImage(images, { location, nameOrId: name });
    t.ok(downImage.bytes.equals(bytes), "the image's bytes");
    t.match(downImage.digest, { isVerified: true });

    const container = await ownContainer(t, objects, location, rest.unique("tls"));
    for (const sizeBytes of [BigInt(size), undefined]) {
      const wanted = { container, name, ...(sizeBytes !== undefined && { sizeBytes }) };
      const { object } = await objects.uploadObject(objectUpload(location, wanted, pieces));
      t.equal(object?.etag, createHash("md5").update(bytes).digest("hex"));
      const downObject = await downloadedObject(objects, { location, container, name });
      t.ok(downObject.bytes.equals(bytes), "the object's bytes");
      t.match(downObject.digest, { isVerified: true });
    }

    for (const [service, { up, down }] of Object.entries(passed)) {
      t.ok(up >= size && down >= size, `${service}: ${up} up, ${down} down`);
    }
  });
}
