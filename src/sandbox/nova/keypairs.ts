import { createHash, generateKeyPair, type KeyObject, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import type { JsonObject } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import { checkQuery, type NovaCall, NovaError, type NovaHandler, page, policy, unexpected } from "./call.ts";
import { checked, checkName, oneOf, text } from "./schema.ts";
import { type Keypair, quotaOf } from "./state.ts";

/** Keypairs. Each belongs to a user, and its name is its id. */
export const keypairRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /os-keypairs": (call) => {
    checkQuery(call, new Set(["user_id", "limit", "marker"]), unexpected);
    const owner = ownerOf(call, call.request.query.get("user_id"), "index");
    const all = [...call.world.keypairs.values()]
      .filter(({ userId }) => userId === owner)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const paged =
      call.version >= 35
        ? page(
            call,
            all,
            ({ name }) => name,
            (marker) => `Marker ${marker} could not be found.`,
          )
        : { items: all, next: undefined };
    const keypairs = paged.items.map((keypair) => ({ keypair: view(call, keypair) }));
    return {
      status: 200,
      json: paged.next === undefined ? { keypairs } : { keypairs, keypairs_links: paged.next },
    };
  },
  "POST /os-keypairs": create,
  "GET /os-keypairs/:name": (call) => {
    const keypair = one(call, "show");
    const json = {
      ...view(call, keypair),
      user_id: keypair.userId,
      created_at: isoMicros(keypair.createdAt),
      deleted: false,
      deleted_at: null,
      id: keypair.id,
      updated_at: null,
    };
    return { status: 200, json: { keypair: json } };
  },
  "DELETE /os-keypairs/:name": (call) => {
    const { userId, name } = one(call, "delete");
    call.world.keypairs.delete(`${userId} ${name}`);
    return { status: call.version >= 2 ? 204 : 202 };
  },
};

/** Whose keypairs: from 2.10 on an administrator may say. */
function ownerOf(call: NovaCall, userId: unknown, action: string): string {
  if (call.version < 10 || typeof userId !== "string" || userId === call.caller.user.id) {
    return call.caller.user.id;
  }
  if (!call.caller.admin) {
    throw policy(`os-keypairs:${action}`);
  }
  return userId;
}

function one(call: NovaCall, action: string): Keypair {
  const owner = ownerOf(call, call.request.query.get("user_id"), action);
  const name = call.request.params.name ?? "";
  const keypair = call.world.keypairs.get(`${owner} ${name}`);
  if (keypair === undefined) {
    throw new NovaError(404, `Keypair ${name} not found for user ${owner}`);
  }
  return keypair;
}

async function create(call: NovaCall) {
  const fields = {
    name: text(undefined, 1, 255),
    public_key: text(undefined, 0, 65_536),
    ...(call.version >= 2 ? { type: oneOf("ssh", "x509") } : {}),
    ...(call.version >= 10 ? { user_id: text() } : {}),
  };
  const required = call.version >= 92 ? ["name", "public_key"] : ["name"];
  const given = checked(await call.json(), "keypair", fields, required);
  const name = checkName(given.name ?? "");
  const letters = `${call.version >= 92 ? "@._- " : "_- "}0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ`;
  if (![...name].every((letter) => letters.includes(letter))) {
    const words = `The name must be: Only expected characters: [${letters}]`;
    throw new NovaError(400, `An invalid 'name' value was provided. ${words}`);
  }
  const userId = ownerOf(call, given.user_id, "create");
  const { keypairs } = call.world;
  const quota = quotaOf(call.world, call.caller.projectId);
  if (
    [...keypairs.values()].filter((each) => each.userId === userId).length >= quota.keyPairs &&
    quota.keyPairs >= 0
  ) {
    throw new NovaError(403, "Quota exceeded, too many key pairs.");
  }
  if (keypairs.has(`${userId} ${name}`)) {
    throw new NovaError(409, `Key pair '${name}' already exists.`);
  }
  const type = given.type === "x509" ? "x509" : "ssh";
  const pair = typeof given.public_key === "string" ? { publicKey: given.public_key } : await generate(type);
  const keypair: Keypair = {
    id: call.world.serial(),
    userId,
    name,
    type,
    publicKey: pair.publicKey,
    fingerprint: fingerprint(type, pair.publicKey),
    createdAt: call.world.timeline.now(),
  };
  keypairs.set(`${userId} ${name}`, keypair);
  const json: JsonObject = { ...view(call, keypair), user_id: userId };
  if ("privateKey" in pair) {
    json.private_key = pair.privateKey;
  }
  return { status: call.version >= 2 ? 201 : 200, json: { keypair: json } };
}

function view(call: NovaCall, keypair: Keypair): JsonObject {
  const { name, publicKey, type } = keypair;
  const json = { name, public_key: publicKey, fingerprint: keypair.fingerprint };
  return call.version >= 2 ? { ...json, type } : json;
}

/** The fingerprint: MD5 of an SSH key's blob, SHA-1 of a certificate. */
function fingerprint(type: Keypair["type"], publicKey: string): string {
  try {
    if (type === "x509") {
      return new X509Certificate(publicKey).fingerprint.toLowerCase();
    }
    const [algorithm = "", encoded = ""] = publicKey.trim().split(/\s+/);
    const blob = Buffer.from(encoded, "base64");
    if (
      blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() === algorithm &&
      blob.length > 4 + algorithm.length
    ) {
      return (createHash("md5").update(blob).digest("hex").match(/../g) ?? []).join(":");
    }
  } catch {}
  throw new NovaError(400, "Keypair data is invalid: failed to generate fingerprint");
}

async function generate(type: Keypair["type"]): Promise<{ publicKey: string; privateKey: string }> {
  if (type === "x509") {
    throw new NovaError(400, "the sandbox makes no certificates: give a public_key");
  }
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  return { publicKey: `ssh-rsa ${sshBlob(publicKey)} Generated-by-Nova`, privateKey: pem };
}

/** An RSA key as SSH writes it (RFC 4253, 6.6): name, exponent and modulus, each with its length. */
function sshBlob(key: KeyObject): string {
  const { e = "", n = "" } = key.export({ format: "jwk" });
  const numbers = [e, n].map((part) => {
    const bytes = Buffer.from(part, "base64url");
    // A leading zero keeps the number positive.
    return (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  });
  const parts = [Buffer.from("ssh-rsa"), ...numbers].flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts).toString("base64");
}
