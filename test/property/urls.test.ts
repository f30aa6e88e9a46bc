// Whatever stands in a request, and whatever the cloud answers: every upstream path is one that the schema
// describes, with one segment for each name, and what goes wrong is a Fault and no defect.
import { type DescMessage, type DescMethod, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject, JsonValue } from "../../src/cloud/json.ts";
import { call as callOption, resource } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";
import type { UnaryHandler } from "../../src/rest/handler.ts";
import { methodName } from "../../src/rest/handler.ts";
import { resourceTable } from "../../src/rest/schema.ts";
import { sourcesOf } from "../../src/rest/source.ts";
import { apiServices } from "../../src/rpc/schema.ts";
import { api } from "../support/api.ts";
import { arbitraryMessage, awkwardText } from "../support/arbitrary-message.ts";
import { callTo, FakeRegion, notFound } from "../support/fake-region.ts";

const resources = [...new Set(apiServices.map(({ file }) => file))]
  .flatMap(({ messages }) => messages)
  .filter((desc) => hasOption(desc, resource))
  .map((desc) => resourceTable(desc));

/** The collections, their list calls, one object of each, and what is one or two words below it. */
const described = resources.flatMap(({ path, listPath }) => {
  const pattern = (text: string) => text.replaceAll(/\{\w+\}/g, "[^/?#]+");
  return [new RegExp(`^${pattern(listPath)}$`), new RegExp(`^${pattern(path)}(/[^/?#]+(/[a-z_-]+){0,2})?$`)];
});

function isDescribed(asked: string): boolean {
  // The place of the caller's id, which the region fills in.
  const path = asked.replace("/{caller}/", "/caller/");
  const url = new URL(`http://cloud${path}`);
  // What URL parsers would fold, and what WSGI servers would decode into more segments.
  // The list of containers stands at the endpoint itself.
  const stays = url.pathname === (path || "/") && url.search === "" && url.hash === "";
  return (
    stays &&
    described.some((one) => one.test(path)) &&
    !path.split("/").some((part) => /^\.{0,2}$/.test(decodeURIComponent(part)) && part !== "") &&
    !decodeURIComponent(path.replaceAll("/", "")).match(/[/\\]/)
  );
}

/** An answer in the form of a resource's, with JSON of any kind where values are. */
function answerTo(desc: DescMessage, listKey: string, key: string) {
  const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
  const known = [...new Set(desc.fields.flatMap(sourcesOf).map((source) => source.key))];
  const object = fc
    .tuple(fc.dictionary(fc.constantFrom(...known), json), awkwardText, awkwardText)
    .map(([rest, id, name]): JsonObject => ({ ...rest, id, name }));
  return fc.oneof(
    fc.array(object, { maxLength: 3 }).map((list): JsonValue => ({ [listKey]: list })),
    object.map((one): JsonValue => (key === "" ? one : { [key]: one })),
    json,
  );
}

const { handlers } = api();

for (const method of apiServices.flatMap((service): DescMethod[] => service.methods)) {
  if (method.methodKind !== "unary" || !hasOption(method, callOption)) {
    continue;
  }
  const handler = handlers.get(methodName(method)) as UnaryHandler;
  const typeName = getOption(method, callOption).kind.value;
  const table = resources.find(({ desc }) => desc.typeName === typeName);
  if (table === undefined) {
    throw new Error(`${method.name} is about no resource`);
  }
  t.test(`${method.name} stays below the paths of the schema`, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryMessage(method.input),
        fc.array(answerTo(table.desc, table.listKey, table.options.key), { maxLength: 4 }),
        async (request: Message, answers) => {
          let next = 0;
          const region = new FakeRegion(() => answers[next++] ?? notFound());
          try {
            // The location is the caller's, and no part of a path.
            await handler(Object.assign(request, { location: undefined }), callTo(region));
          } catch (error) {
            if (!(error instanceof Fault)) {
              throw error;
            }
          }
          const strays = region.requests.map(({ path }) => path).filter((path) => !isDescribed(path));
          if (strays.length > 0) {
            throw new Error(`asked for ${strays.join(" ")}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
}
