import { type DescField, type DescMessage, type DescMethod, getOption, isFieldSet } from "@bufbuild/protobuf";
import t from "tap";
import { type Operation, readOperations } from "../../scripts/shade/operations.ts";
import { readSchema } from "../../scripts/shade/schema.ts";
import {
  CallSchema,
  call,
  FieldSchema,
  field,
  ResourceSchema,
  resource,
  shade,
} from "../../src/gen/oaktree/rest/v1/annotations_pb.js";

// An annotation is for what four or more operations need; for the rest there are
// hooks. Users are the operations whose RPC uses it in the schema today, and those
// of shade that will, for they need the feature that it is there for.

type Wanted = (operation: Operation) => boolean;

/** The operations of shade that an annotation is there for, by what they need or call. */
const meets: Readonly<Record<string, Wanted>> = {
  "Resource.list_key": needs(/^list-key$/),
  "Resource.max_microversion": needs(/^microversion$/),
  "Resource.paging": needs(/^paging:/),
  "Resource.filters": needs(/^query-filters$/),
  "Resource.update": needs(/^(update:(PUT|PATCH)|json-patch)$/),
  "Resource.names_in_path": needs(/^ref-direct$/),
  "Resource.singleton": needs(/^singleton$/),
  "Resource.absent": needs(/^absent-empty$/),
  "Resource.complete": needs(/^computed$/),
  "Field.from": needs(/^(id-alias|from-path)$/),
  "Field.query": needs(/^query-(filters|flags)$/),
  "Field.ref": needs(/^ref-(fields|list|cross)$/),
  "Field.since": needs(/^field-version$/),
  "Field.flat": needs(/^open-properties$/),
  "Call.create": calls(/^POST [^{}]+$/),
  "Call.update": needs(/^(update:(PUT|PATCH)|json-patch)$/),
  "Call.delete": needs(/^allow-missing$/),
  "Call.action": needs(/^action-key$/),
  "Call.path": needs(/^sub-path$/),
  "Call.key": needs(/^action-key$/),
  "Call.result": needs(/^result-path$/),
  "Call.method": calls(/^PUT .+\}\//),
};

const schema = await readSchema();
const operations = readOperations();
const messages = new Map(
  schema.flatMap((file) => file.messages).map((message) => [message.typeName, message] as const),
);
const methods = schema.flatMap((file) => file.services).flatMap((service) => service.methods);
const annotations = [ResourceSchema, FieldSchema, CallSchema].flatMap((message) =>
  message.fields.map((annotation) => ({ name: `${message.name}.${annotation.name}`, annotation })),
);

t.test("every annotation has four users", async (t) => {
  t.ok(annotations.length > 10);
  for (const { name, annotation } of annotations) {
    const users = usersOf(name, annotation);
    t.ok(users.size >= 4, `${name}: ${users.size} users`, { users: [...users] });
  }
});

t.test("the table names annotations that there are, and somebody wants", async (t) => {
  const names = new Set(annotations.map(({ name }) => name));
  for (const [name, wants] of Object.entries(meets)) {
    t.ok(names.has(name) && operations.some(wants), name);
  }
});

function needs(feature: RegExp): Wanted {
  return ({ engine_needs }) => engine_needs.some((need) => feature.test(need));
}

function calls(request: RegExp): Wanted {
  return ({ rest }) => rest.some((one) => request.test(one));
}

function usersOf(name: string, annotation: DescField): Set<string> {
  const wanted = operations.filter(meets[name] ?? (() => false)).map((operation) => operation.name);
  const today = methods.filter((method) => uses(method, annotation)).flatMap(operationsOf);
  return new Set([...wanted, ...today]);
}

/** The operations of shade that the RPC serves; the RPC itself where it is none of shade's. */
function operationsOf(method: DescMethod): string[] {
  const served = getOption(method, shade);
  return served.length > 0 ? served : [`${method.parent.name}.${method.name}`];
}

function uses(method: DescMethod, annotation: DescField): boolean {
  const own = getOption(method, call);
  if (annotation.parent === CallSchema) {
    return isFieldSet(own, annotation);
  }
  const target = messages.get(own.kind.value ?? "");
  const reached = new Set<DescMessage>();
  for (const message of [method.input, method.output, ...(target === undefined ? [] : [target])]) {
    reach(message, reached);
  }
  return [...reached].some((message) =>
    annotation.parent === ResourceSchema
      ? isFieldSet(getOption(message, resource), annotation)
      : message.fields.some((one) => isFieldSet(getOption(one, field), annotation)),
  );
}

/** Adds the message, and those that its fields hold. */
function reach(message: DescMessage, reached: Set<DescMessage>): void {
  if (!reached.has(message)) {
    reached.add(message);
    for (const { message: inner } of message.fields) {
      if (inner !== undefined) {
        reach(inner, reached);
      }
    }
  }
}
