import { header, type Reply } from "../core/http.ts";
import { authenticate } from "./auth.ts";
import type { KeystoneCall, KeystoneHandler } from "./call.ts";
import { KeystoneError } from "./identity.ts";

const path = "/v3/OS-OAUTH2/token";

/** Keystone's own OAuth: a token for an application credential, by the client credentials grant. */
export const oauth2Routes: Readonly<Record<string, KeystoneHandler>> = {
  [`POST ${path}`]: token,
  ...Object.fromEntries(
    ["GET", "HEAD", "PUT", "PATCH", "DELETE"].map((method) => [
      `${method} ${path}`,
      (call: KeystoneCall) =>
        refused(call, 405, "other_error", "The method is not allowed for the requested URL."),
    ]),
  ),
};

async function token(call: KeystoneCall): Promise<Reply> {
  const [, encoded] = /^basic\s+(.+)$/i.exec(header(call.request.headers, "authorization") ?? "") ?? [];
  if (encoded === undefined) {
    return refused(call, 401, "invalid_client", "OAuth2.0 client authorization is required.");
  }
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  if (id === "" || secret === "") {
    return refused(call, 401, "invalid_client", "OAuth2.0 client authorization is invalid.");
  }
  const grant = new URLSearchParams((await call.request.body()).toString()).get("grant_type");
  if (grant === null) {
    return refused(call, 400, "invalid_request", "The parameter grant_type is required.");
  }
  if (grant !== "client_credentials") {
    const words = `The parameter grant_type ${grant} is not supported.`;
    return refused(call, 400, "unsupported_grant_type", words);
  }
  const identity = { methods: ["application_credential"], application_credential: { id, secret } };
  try {
    const made = authenticate(call.identity, { auth: { identity } });
    const json = { access_token: made.id, token_type: "Bearer", expires_in: call.identity.lifetime / 1000 };
    return { status: 200, json };
  } catch (error) {
    if (!(error instanceof KeystoneError)) {
      throw error;
    }
    return error.status === 401
      ? refused(call, 401, "invalid_client", error.message)
      : refused(
          call,
          error.status,
          "other_error",
          "An unknown error occurred and failed to get an OAuth2.0 access token.",
        );
  }
}

function refused({ url }: KeystoneCall, status: number, error: string, words: string): Reply {
  return {
    status,
    headers: status === 401 ? { "www-authenticate": `Keystone uri="${url}"` } : {},
    json: { error, error_description: words },
  };
}
