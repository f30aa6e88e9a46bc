import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Test } from "tap";
import type { Clock } from "../../src/cloud/clock.ts";
import { Clouds } from "../../src/cloud/clouds.ts";
import { parseCloud } from "../../src/cloud/config.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { Limits } from "../../src/cloud/limits.ts";
import type { Caller, CallScope, Region } from "../../src/cloud/region.ts";

/** The password of the fake user: no error may ever hold it. */
export const password = "correct-horse-battery";

/** Answers the requests that are not about tokens. */
export type Service = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** What a test wants of the fake cloud. */
export interface FakeOptions {
  /** The services besides Keystone. */
  service?: Service;
  /** Answers requests about tokens itself, when it returns true. */
  keystone?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** Keys of the cloud's entry that differ, for the address of the fake cloud. */
  entry?: (url: string) => JsonObject;
  /** Bounds that differ. */
  limits?: Partial<Limits>;
  /** How long tokens live, in seconds. */
  life?: number;
  /** Leave the request's body unread. */
  unread?: boolean;
}

/** A clock that tests turn by hand; whoever sleeps on it wakes at once. */
export class TestClock implements Clock {
  /** How long was slept, in milliseconds. */
  readonly slept: number[] = [];
  #ahead = 0;

  readonly now = (): number => Date.now() + this.#ahead;

  /** Lets time pass. */
  pass(ms: number): void {
    this.#ahead += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.pass(ms);
  }
}

/** A Keystone and whatever services the test writes, on one local port. */
export class FakeCloud {
  readonly url: string;
  readonly clouds: Clouds;
  readonly clock: TestClock;
  /** `GET /compute/v2.1/servers` and so on, in the order of their coming. */
  readonly seen: string[];
  /** Tokens that Keystone finds valid. */
  readonly valid: Set<string>;

  constructor(url: string, clouds: Clouds, clock: TestClock, seen: string[], valid: Set<string>) {
    this.url = url;
    this.clouds = clouds;
    this.clock = clock;
    this.seen = seen;
    this.valid = valid;
  }

  /** How often a request came. */
  count(request: string): number {
    return this.seen.filter((line) => line === request).length;
  }

  /** The cloud's one region, for the cloud's own user or another caller. */
  async region(caller: Caller = this.clouds.personal()): Promise<Region> {
    const [region] = await caller.regions({}, scope());
    if (region === undefined) {
      throw new Error("the fake cloud has no region");
    }
    return region;
  }
}

/** A scope without an end. */
export function scope(more: Partial<CallScope> = {}): CallScope {
  return { signal: new AbortController().signal, requestId: "req-test", ...more };
}

/** Starts a fake cloud that stops with the test. */
export async function fakeCloud(t: Test, options: FakeOptions = {}): Promise<FakeCloud> {
  const seen: string[] = [];
  const valid = new Set<string>();
  const clock = new TestClock();
  let made = 0;
  const server = createServer(async (request, response) => {
    const isToken = request.url?.endsWith("/auth/tokens") ?? false;
    seen.push(`${request.method} ${request.url}`);
    const body = options.unread && !isToken ? "" : await read(request).catch(() => "");
    if (!isToken) {
      options.service?.(request, response, body);
    } else if (!(await options.keystone?.(request, response))) {
      made += request.method === "POST" ? 1 : 0;
      answerToken(request, response, `token-${made}`, valid, url, clock.now(), options.life ?? 3600);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entry = parseCloud("fake", {
    auth: {
      auth_url: `${url}/identity/v3`,
      username: "demo",
      password,
      project_name: "demo",
      user_domain_name: "Default",
      project_domain_name: "Default",
    },
    region_name: "RegionOne",
    ...options.entry?.(url),
  });
  const clouds = Clouds.of({ fake: entry }, { clock, limits: { backoffMs: 1, ...options.limits } });
  t.teardown(async () => {
    await clouds.close();
    server.closeAllConnections();
    server.close();
  });
  return new FakeCloud(url, clouds, clock, seen, valid);
}

/** Expects a call to fail like this. */
export async function fails(t: Test, call: Promise<unknown>, expected: object): Promise<void> {
  const error = await call.then(
    () => "it succeeded",
    (thrown: unknown) => thrown,
  );
  t.match(error, expected);
}

/** Sends JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  return text;
}

function answerToken(
  request: IncomingMessage,
  response: ServerResponse,
  fresh: string,
  valid: Set<string>,
  url: string,
  now: number,
  life: number,
): void {
  const asked = request.headers["x-subject-token"];
  if (request.method === "GET" && !valid.has(String(asked))) {
    json(response, 401, {
      error: { code: 401, message: "The request you have made requires authentication." },
    });
    return;
  }
  const token = request.method === "GET" ? String(asked) : fresh;
  valid.add(token);
  const endpoints = (path: string): JsonObject[] => [
    { interface: "public", region: "RegionOne", region_id: "RegionOne", url: `${url}${path}` },
  ];
  json(
    response,
    request.method === "GET" ? 200 : 201,
    {
      token: {
        methods: ["password"],
        user: { id: "u1", name: "demo", domain: { id: "default", name: "Default" } },
        project: { id: "p1", name: "demo", domain: { id: "default", name: "Default" } },
        roles: [{ id: "r1", name: "member" }],
        issued_at: new Date(now).toISOString(),
        expires_at: new Date(now + life * 1000).toISOString(),
        catalog: [
          { type: "identity", name: "keystone", endpoints: endpoints("/identity") },
          { type: "compute", name: "nova", endpoints: endpoints("/compute/v2.1") },
          { type: "image", name: "glance", endpoints: endpoints("/image") },
          { type: "network", name: "neutron", endpoints: endpoints("/network") },
          { type: "object-store", name: "swift", endpoints: endpoints("/swift/v1/AUTH_p1") },
        ],
      },
    },
    // Keystone's clock and the test's are one.
    { "x-subject-token": token, date: new Date(now).toUTCString() },
  );
}
