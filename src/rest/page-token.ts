import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { Fault } from "../cloud/fault.ts";

/** Where a list goes on: a place in the list of locations, and one in the upstream's list there. */
export interface Position {
  /** Cloud of the location that is being read. */
  readonly cloud: string;
  /** Region of the location that is being read. */
  readonly region: string;
  /** Where its list goes on. Absent: at the start. */
  readonly cursor?: Cursor;
  /** Locations that could not be reached, as `[cloud, region]`. */
  readonly unreachable: readonly (readonly [string, string])[];
}

/** Where the list of one location goes on. */
export interface Cursor {
  /** Query parameters of the upstream page, taken from the link to it. */
  readonly page: Readonly<Record<string, string>>;
  /** Id of the last object of that page that was answered already. Absent: none was. */
  readonly after?: string;
  /** How many objects of that page were answered already, should `after` be gone. */
  readonly skip: number;
}

/**
 * Seals page tokens with the server's key, so that they are opaque, cannot be
 * made up, and any replica with the key reads them. They carry no rights: each
 * page is read with the credential of the call that asks for it.
 */
export class PageTokens {
  readonly #key: Buffer;
  readonly #older: Buffer | undefined;

  /** @param key 32 bytes, as `older` is: the key before it, whose tokens are still good. */
  constructor(key: Uint8Array, older?: Uint8Array) {
    this.#key = derived(key);
    this.#older = older && derived(older);
  }

  /** Makes the token of a position in the list that `request` asks for. */
  seal(position: Position, request: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv);
    cipher.setAAD(Buffer.from(request));
    const sealed = [iv, cipher.update(JSON.stringify(position)), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString("base64url");
  }

  /**
   * Reads a token.
   *
   * @throws Fault `PAGE_TOKEN_INVALID` when it was not made with this key, or for another request.
   */
  open(token: string, request: string): Position {
    for (const key of [this.#key, this.#older]) {
      const position = key && opened(token, request, key);
      if (position !== undefined) {
        return position;
      }
    }
    // How a foreign token fails is of no use to anybody.
    throw new Fault("PAGE_TOKEN_INVALID", "page_token is not one that this Oaktree made for this request", {
      fields: [{ field: "page_token", description: "was not made by this Oaktree for this request" }],
    });
  }
}

function derived(key: Uint8Array): Buffer {
  return createHash("sha256").update("oaktree page token v1").update(key).digest();
}

function opened(token: string, request: string, key: Buffer): Position | undefined {
  try {
    const bytes = Buffer.from(token, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(request));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
    return JSON.parse(text) as Position;
  } catch {
    return undefined;
  }
}
