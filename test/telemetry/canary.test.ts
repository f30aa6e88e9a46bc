// Secrets go through every RPC, well and badly, and must turn up nowhere that is kept or shown.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type DescMethod, fromJson, type JsonValue, type Message } from "@bufbuild/protobuf";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import t, { type Test } from "tap";
import { apiServices } from "../../src/rpc/schema.ts";
import { plain, token, transport, ways } from "../server/harness.ts";
import { least, schemas } from "../support/openapi.ts";
import { startCollector, startWatched } from "./watched.ts";

const password = "canary-password-7c1e";
const answered = "canary-in-an-answer-9d02";
const methods = apiServices.flatMap((service) => service.methods);

/** What the cloud does with a request, besides answering it well. */
type Mood = "well" | "refuses" | "fails" | "babbles" | "hangs up";

/** A proxy before the sandbox that knows every token, and can be as careless with them as a cloud may be. */
async function carelessCloud(t: Test, target: () => string) {
  const tokens = new Set<string>();
  const urls: string[] = [];
  const cloud = { mood: "well" as Mood, tokens, urls, url: "" };
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const { headers, method, url = "/" } = incoming;
    urls.push(url);
    const sent = String(headers["x-auth-token"] ?? "");
    if (sent !== "") {
      tokens.add(sent);
    }
    const echo = `you sent ${sent}, and again: ${sent}`;
    if (cloud.mood === "well" || url.startsWith("/identity")) {
      const onward = request(new URL(url, target()), { method, headers }, (answer) => {
        const issued = answer.headers["x-subject-token"];
        if (typeof issued === "string") {
          tokens.add(issued);
        }
        const chunks: Buffer[] = [];
        answer
          .on("data", (chunk) => chunks.push(chunk))
          .on("end", () => {
            // What the catalogue says leads back here.
            const text = Buffer.concat(chunks).toString().replaceAll(target(), cloud.url);
            const { "content-length": _, ...rest } = answer.headers;
            response.writeHead(answer.statusCode ?? 500, rest).end(text);
          });
      });
      incoming.pipe(onward);
      return;
    }
    incoming.resume();
    switch (cloud.mood) {
      case "refuses":
        response.writeHead(400, { "content-type": "application/json" });
        response.end(JSON.stringify({ badRequest: { code: 400, message: echo } }));
        break;
      case "fails":
        response.writeHead(500, { "content-type": "text/html" }).end(`<html>${echo}</html>`);
        break;
      case "babbles":
        response.writeHead(200, { "content-type": "application/json" }).end(`{"${answered}": ${echo}`);
        break;
      default:
        response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  cloud.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return cloud;
}

/** The least request that validation lets through. */
function leastOf(method: DescMethod): Message {
  const schema = schemas[method.input.typeName];
  const json = (
    schema === undefined ? { nameOrId: "none", image: { name: "i" } } : least(schema)
  ) as JsonValue;
  return fromJson(method.input, json, { ignoreUnknownFields: true });
}

/** Calls an RPC of whatever kind, and gives all that its error says. */
async function call(
  way: Transport,
  method: DescMethod,
  headers: Record<string, string> = {},
): Promise<string> {
  const client = createClient(method.parent, way) as unknown as Record<
    string,
    (request: unknown, options: object) => Promise<unknown> & AsyncIterable<unknown>
  >;
  const message = leastOf(method);
  const streamsIn = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const request = streamsIn
    ? (async function* () {
        yield message;
      })()
    : message;
  try {
    const answer = client[method.localName]?.(request, { headers, timeoutMs: 1500 });
    if (method.methodKind === "server_streaming") {
      for await (const _ of answer ?? []) {
        // Only the end counts.
      }
    }
    await answer;
    return "";
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return JSON.stringify([error.rawMessage, [...error.metadata], error.details], (_key, value: unknown) =>
      typeof value === "bigint"
        ? String(value)
        : value instanceof Uint8Array
          ? Buffer.from(value).toString()
          : value,
    );
  }
}

t.setTimeout(300_000);

t.test(
  "a secret that goes through every RPC is in no log, metric, trace, error or URL",
  { timeout: 240_000 },
  async (t) => {
    const collector = await startCollector(t);
    let sandboxUrl = "";
    const cloud = await carelessCloud(t, () => sandboxUrl);
    const watched = await startWatched(t, {
      token,
      traces: collector.url,
      sandbox: { password },
      limits: { tries: 1 },
      cloudsYaml: (sandbox) => {
        sandboxUrl = sandbox.url;
        return sandbox.cloudsYaml("demo").replaceAll(sandbox.url, cloud.url);
      },
    });
    const errors: string[] = [];
    const moods: Record<string, Mood[]> = {
      gRPC: ["well", "refuses", "fails", "babbles", "hangs up"],
    };
    for (const way of ways) {
      const made = transport(watched.server.url, way);
      for (const mood of moods[way] ?? (["refuses"] as Mood[])) {
        cloud.mood = mood;
        for (let next = 0; next < methods.length; next += 40) {
          errors.push(
            ...(await Promise.all(methods.slice(next, next + 40).map((method) => call(made, method)))),
          );
        }
      }
    }
    // Credentials that are refused, in every form that they come in.
    for (const { parent, name } of methods) {
      for (const headers of [
        { authorization: `Bearer ${token}2` },
        { authorization: `Basic ${token}` },
        { authorization: "", "x-auth-token": token },
        { authorization: `Bearer ${token}`, "x-auth-token": `${token}2` },
      ] as Record<string, string>[]) {
        errors.push((await plain(watched.server.url, `/${parent.typeName}/${name}`, { headers })).body);
      }
    }
    const metrics = await watched.metrics();
    await watched.server.close();
    await watched.flush();

    t.ok(errors.filter((error) => error !== "").length > methods.length * 8, "most of it failed");
    t.match(errors.join(), "you sent ***", "the cloud's own words came through");
    t.ok(cloud.tokens.size > 0);
    t.ok(watched.log().split("\n").length > methods.length * 10, "and was logged");
    t.ok(collector.spans().length > methods.length * 5, "and traced");
    const places = {
      log: watched.log(),
      metrics,
      traces: collector.text(),
      errors: errors.join("\n"),
      URLs: cloud.urls.join("\n"),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [token, password, answered, ...cloud.tokens]) {
        const at = text.indexOf(secret);
        t.equal(at, -1, `${place}: ${at < 0 ? "none" : text.slice(Math.max(0, at - 300), at + 50)}`);
      }
    }
  },
);
