import { Agent, request } from "undici";
import { serverMetadataPath } from "../auth/metadata.ts";
import { isObject } from "../cloud/json.ts";
import { UsageError } from "./usage-error.ts";

/** How long an Oaktree may take to tell of itself, in milliseconds. */
const limitMs = 10_000;

/** An Oaktree, as far as a client with credentials has to know it. */
export interface FoundOaktree {
  /** Its URL. */
  readonly endpoint: string;
  /** Its token endpoint, for clients of one cloud. */
  readonly tokenEndpoint: string;
  /** What it calls the cloud. */
  readonly cloud: string;
}

/**
 * Asks an Oaktree for its metadata.
 *
 * @param cloud what it calls the cloud; may be left out where it serves only one.
 */
export async function findOaktree(
  url: string,
  cloud: string | undefined,
  ca: Buffer | undefined,
): Promise<FoundOaktree> {
  const endpoint = URL.parse(url);
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) {
    throw new UsageError(`--endpoint must be an http or https URL, not ${JSON.stringify(url)}`);
  }
  const clouds = await cloudsOf(endpoint.origin, ca);
  const [only, ...others] = clouds;
  const name = cloud ?? (others.length === 0 ? only : undefined);
  if (name === undefined || !clouds.includes(name)) {
    throw new UsageError(
      `say by --oaktree-cloud which of its clouds it is: ${endpoint.origin} serves ${clouds.join(", ")}`,
    );
  }
  const query = others.length === 0 ? "" : `?cloud=${encodeURIComponent(name)}`;
  return {
    endpoint: endpoint.origin,
    // Its path never changes; the URL in the metadata may be one for others than this client.
    tokenEndpoint: `${endpoint.origin}/oauth/token${query}`,
    cloud: name,
  };
}

async function cloudsOf(origin: string, ca: Buffer | undefined): Promise<string[]> {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  try {
    const signal = AbortSignal.timeout(limitMs);
    const { body } = await request(`${origin}${serverMetadataPath}`, { dispatcher, signal });
    const answer: unknown = await body.json().catch(() => undefined);
    const clouds = isObject(answer) ? answer.oaktree_clouds : undefined;
    if (!Array.isArray(clouds) || clouds.length === 0) {
      throw new Error(`there is no Oaktree at ${origin}`);
    }
    return clouds.map(String);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Error(`cannot reach the Oaktree at ${origin}: ${code}`);
  } finally {
    await dispatcher.close();
  }
}
