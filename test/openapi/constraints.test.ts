// What the document says of requests is what validation does.
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import t from "tap";
import { apiServices } from "../../src/rpc/schema.ts";
import { start, token } from "../server/harness.ts";
import { faultsOf, least, operations, resolved, type Schema, schemas } from "../support/openapi.ts";

const validator = createValidator();
const inputs = new Map(
  apiServices.flatMap(({ methods }) => methods.map(({ input }) => [input.typeName, input])),
);
const server = await start();
t.teardown(() => server.close());

for (const { path, name, request } of operations) {
  t.test(name, async (t) => {
    const schema = schemas[request] ?? {};
    const good = least(schema) as Record<string, unknown>;
    t.strictSame(faultsOf(request, good), [], "the least request fits the document");
    const answer = await send(path, good);
    t.equal(answer.status, 200, "and is let through", { good, body: answer.body });

    const [first, ...rules] = [...violations(schema, good)];
    t.equal((await send(path, first?.[1])).status, 400, `${first?.[0]} is refused`);

    t.ok(isValid(request, good));
    // The others without a server, for time: they are thousands.
    const passed: string[] = [];
    for (const [change, bad] of rules) {
      if (faultsOf(request, bad).length === 0) {
        passed.push(`${change} fits the document`);
      }
      if (isValid(request, bad)) {
        passed.push(`${change} is let through`);
      }
    }
    t.ok(rules.length > 0 && passed.length === 0, "what breaks another of its rules is refused, too", {
      passed,
    });
  });
}

/** What the server does with a request before any handler sees it. */
function isValid(typeName: string, request: unknown): boolean {
  const input = inputs.get(typeName);
  if (input === undefined) {
    throw new Error(`no RPC takes ${typeName}`);
  }
  try {
    return validator.validate(input, fromJson(input, request as JsonValue)).kind === "valid";
  } catch {
    return false;
  }
}

async function send(path: string, request: unknown): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  return { status: answer.status, body: await answer.text() };
}

/** Requests that break one rule each. */
function* violations(
  schema: Schema,
  good: Record<string, unknown>,
): Generator<[string, Record<string, unknown>]> {
  yield ["an unknown field", { ...good, nothingOfTheKind: true }];
  for (const name of schema.required ?? []) {
    const { [name]: _, ...rest } = good;
    yield [`no ${name}`, rest];
  }
  for (const { oneOf } of schema.allOf ?? []) {
    const [first, second] = oneOf.flatMap(({ required }) => required ?? []);
    if (first !== undefined && second !== undefined) {
      yield [`${first} with ${second}`, { ...good, [first]: "a", [second]: "b" }];
    }
  }
  for (const [name, given] of Object.entries(schema.properties ?? {})) {
    for (const [change, value] of badValues(resolved(given))) {
      yield [`${name} ${change}`, { ...good, [name]: value }];
    }
  }
}

function* badValues(schema: Schema): Generator<[string, unknown]> {
  const { type, format, maxLength, minimum, maxItems, minItems, maxProperties } = schema;
  // A quarter less of it would be bytes; requests as large as this are refused anyway.
  if (maxLength !== undefined && maxLength < 1_000_000) {
    yield ["too long", "A".repeat(maxLength + 4)];
  }
  if (minimum !== undefined) {
    yield ["too small", minimum - 1];
  }
  if (format === "int64" && schema.pattern === "^[0-9]+$") {
    yield ["negative", "-1"];
  }
  if (maxItems !== undefined) {
    yield ["too many", Array.from({ length: maxItems + 1 }, () => least(schema.items ?? {}))];
  }
  if (minItems !== undefined) {
    yield ["too few", []];
  }
  if (maxProperties !== undefined) {
    yield [
      "too many",
      Object.fromEntries(Array.from({ length: maxProperties + 1 }, (_, n) => [`k${n}`, "v"])),
    ];
  }
  if (schema.enum !== undefined && type === "string") {
    yield ["of no known value", "nothing of the kind"];
  }
  if (schema.not !== undefined) {
    yield ["of a value that is no choice", schema.not.enum[0]];
  }
  if (type === "object" || type === "array") {
    yield ["of another type", "text"];
  } else if (type === "boolean" || type === "string") {
    yield ["of another type", {}];
  }
}
