import { createHmac, timingSafeEqual } from "node:crypto";
import type { Reply, Request } from "../core/http.ts";
import { findAccount, findContainer, type SwiftCall, SwiftError } from "./call.ts";

/** What `/info` tells of temporary URLs (swift/common/middleware/tempurl.py). */
export const tempUrlInfo = {
  methods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
  incoming_remove_headers: ["x-timestamp"],
  incoming_allow_headers: [],
  outgoing_remove_headers: ["x-object-meta-*"],
  outgoing_allow_headers: ["x-object-meta-public-*"],
  allowed_digests: ["sha1", "sha256", "sha512"],
  deprecated_digests: ["sha1"],
};

const algorithms: Readonly<Record<number, string>> = { 40: "sha1", 64: "sha256", 128: "sha512" };

/** Whether a request comes by a temporary URL. */
export function isTempUrl({ query }: Request): boolean {
  return query.has("temp_url_sig") || query.has("temp_url_expires");
}

/** The call that a temporary URL allows. @throws SwiftError 401, 400. */
export function opened(call: SwiftCall): SwiftCall {
  const { request } = call;
  const { query } = request;
  const expires = time(query.get("temp_url_expires") ?? "");
  const signature = signed(query.get("temp_url_sig") ?? "");
  const prefix = query.get("temp_url_prefix");
  const fits = prefix === null || call.object.startsWith(prefix);
  const isOver = expires === undefined || expires * 1000 < call.state.timeline.now();
  if (
    isOver ||
    signature === undefined ||
    !fits ||
    call.object.replaceAll("/", "") === "" ||
    !methods(request)
  ) {
    throw invalid();
  }
  const path =
    prefix === null
      ? `/v1/${call.account}/${call.container}/${call.object}`
      : `prefix:/v1/${call.account}/${call.container}/${prefix}`;
  const scope = keys(call).find(({ key }) =>
    methods(request)?.some((method) => {
      const wanted = createHmac(signature.algorithm, Buffer.from(key, "latin1"))
        .update(`${method}\n${expires}\n${path}`)
        .digest();
      return wanted.length === signature.bytes.length && timingSafeEqual(wanted, signature.bytes);
    }),
  )?.scope;
  if (scope === undefined) {
    throw invalid();
  }
  for (const name of ["X-Object-Manifest", "X-Symlink-Target"]) {
    if (request.headers[name.toLowerCase()] !== undefined) {
      throw new SwiftError(400, `The header '${name}' is not allowed in this tempurl`);
    }
  }
  // Of the query only what is signed counts: a manifest cannot be put or read by it.
  return {
    ...call,
    caller: undefined,
    opened: scope,
    request: { ...request, query: new URLSearchParams() },
  };
}

function invalid(): SwiftError {
  const headers = { "www-authenticate": 'Swift realm="unknown"' };
  return new SwiftError(401, "401 Unauthorized: Temp URL invalid\n", headers);
}

function methods({ method }: Request): string[] | undefined {
  if (method === "HEAD") {
    return ["HEAD", "GET", "POST", "PUT"];
  }
  return tempUrlInfo.methods.includes(method) ? [method] : undefined;
}

function time(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    return Number(text);
  }
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed / 1000;
}

function signed(text: string): { algorithm: string; bytes: Buffer } | undefined {
  const [, named = "", encoded = ""] = /^(sha\d+):(.+)$/.exec(text) ?? [];
  if (named !== "") {
    const known = tempUrlInfo.allowed_digests.includes(named);
    return known ? { algorithm: named, bytes: Buffer.from(encoded, "base64url") } : undefined;
  }
  const algorithm = /^[0-9a-f]+$/.test(text) ? algorithms[text.length] : undefined;
  return algorithm === undefined ? undefined : { algorithm, bytes: Buffer.from(text, "hex") };
}

function keys(call: SwiftCall): { key: string; scope: "account" | "container" }[] {
  const of = (scope: "account" | "container", headers: ReadonlyMap<string, string> | undefined) =>
    ["", "-2"]
      .map((end) => headers?.get(`x-${scope}-meta-temp-url-key${end}`))
      .filter((key) => key !== undefined)
      .map((key) => ({ key, scope }));
  return [...of("account", findAccount(call)?.headers), ...of("container", findContainer(call)?.headers)];
}

/** The answer as who comes by a temporary URL gets it: a file to save, without private metadata. */
export function asFile(call: SwiftCall, reply: Reply): Reply {
  const { query, method } = call.request;
  const headers = Object.fromEntries(
    Object.entries(reply.headers ?? {}).filter(([name]) => !/^x-object-meta-(?!public-)/.test(name)),
  );
  if (!["GET", "HEAD"].includes(method) || reply.status >= 300) {
    return { ...reply, headers };
  }
  const filename = query.get("filename");
  const name = filename || (call.object.replace(/\/+$/, "").split("/").at(-1) ?? "");
  const kept = headers["content-disposition"];
  const expires = (time(query.get("temp_url_expires") ?? "") ?? 0) * 1000;
  return {
    ...reply,
    headers: {
      ...headers,
      "content-disposition": query.has("inline")
        ? filename
          ? disposition("inline", filename)
          : "inline"
        : filename || kept === undefined
          ? disposition("attachment", name)
          : kept,
      expires: new Date(expires).toUTCString(),
    },
  };
}

function disposition(kind: string, name: string): string {
  const plain = encodeURIComponent(name)
    .replaceAll("%20", " ")
    .replaceAll("%2F", "/")
    .replaceAll("%22", "%22");
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}
