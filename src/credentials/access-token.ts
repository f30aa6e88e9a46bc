import { Agent, request } from "undici";
import { isObject } from "../cloud/json.ts";
import type { Credentials } from "./entry.ts";

/** How long before its end a token is not used any more, in milliseconds. */
const marginMs = 30_000;

/** How long the token endpoint may take, in milliseconds. */
const limitMs = 30_000;

/** Makes a function that gives an access token, asked for when there is none that lasts. */
export function accessTokens(credentials: Credentials, ca?: string | Buffer): () => Promise<string> {
  let current: Promise<{ token: string; until: number }> | undefined;
  let until = 0;
  return async () => {
    if (current === undefined || Date.now() >= until) {
      until = Number.POSITIVE_INFINITY;
      current = ask(credentials, ca);
      current.then(
        (made) => {
          until = made.until;
        },
        () => {
          current = undefined;
        },
      );
    }
    return (await current).token;
  };
}

/** RFC 6749, section 4.4; id and secret by the header, as section 2.3.1 prefers it. */
async function ask(
  { tokenEndpoint, clientId, clientSecret }: Credentials,
  ca: string | Buffer | undefined,
): Promise<{ token: string; until: number }> {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  try {
    const { statusCode, body } = await request(tokenEndpoint, {
      dispatcher,
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      },
      body: "grant_type=client_credentials",
      signal: AbortSignal.timeout(limitMs),
    });
    const answer: unknown = await body.json().catch(() => undefined);
    const {
      access_token: token,
      expires_in: seconds,
      error,
      error_description: words,
    } = isObject(answer) ? answer : {};
    if (statusCode !== 200 || typeof token !== "string") {
      const why = [error, words].filter((word) => typeof word === "string").join(": ");
      throw new Error(`${tokenEndpoint} gives no access token: ${why || `HTTP ${statusCode}`}`);
    }
    const lifeMs = typeof seconds === "number" ? seconds * 1000 : 0;
    return { token, until: Date.now() + Math.max(0, lifeMs - marginMs) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Error(`cannot reach ${tokenEndpoint}: ${code || message}`);
  } finally {
    await dispatcher.close();
  }
}
