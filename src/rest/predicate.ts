import jmespath from "jmespath";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";

/**
 * Functions that a predicate may call. Left out are those whose result may be
 * larger than their arguments, so that no expression can fill the memory.
 */
const functions = new Set(
  "abs avg ceil contains ends_with floor keys length max max_by min min_by not_null sort sort_by starts_with sum to_array to_number type values".split(
    " ",
  ),
);

/** The package's types leave out its parser. */
const parser = jmespath as typeof jmespath & { compile(expression: string): unknown };

/** Most multi-selects in one expression: each may double the data that the next one works on. */
const maxMultiSelects = 2;

/**
 * Compiles a JMESPath predicate. Time and memory are bounded by the length of
 * the expression (1024 characters by the schema) times the size of the object:
 * JMESPath has no loops, and what could multiply data is limited here.
 *
 * @throws Fault `JMESPATH_INVALID`; the predicate itself throws it when it cannot be applied.
 */
export function compilePredicate(expression: string): (object: JsonObject) => boolean {
  const multiSelects = { count: 0 };
  check(
    attempt(() => parser.compile(expression)),
    multiSelects,
  );
  return (object) => {
    const result: unknown = attempt(() => jmespath.search(object, expression));
    return isTrue(result);
  };
}

function attempt<T>(evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

/** Truth as JMESPath has it: false, null and everything empty are false. */
function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length > 0;
  }
  if (typeof value === "object" && value !== null) {
    return Object.keys(value).length > 0;
  }
  return value !== false && value !== null && value !== undefined && value !== "";
}

function check(node: unknown, multiSelects: { count: number }): void {
  if (typeof node !== "object" || node === null) {
    return;
  }
  const { type, name } = node as { type?: unknown; name?: unknown };
  if (type === "Function" && !functions.has(String(name))) {
    throw invalid(`the function ${String(name)} cannot be used here`);
  }
  if (type === "MultiSelectList" || type === "MultiSelectHash") {
    multiSelects.count++;
    if (multiSelects.count > maxMultiSelects) {
      throw invalid(`more than ${maxMultiSelects} multi-selects`);
    }
  }
  for (const child of Object.values(node)) {
    check(child, multiSelects);
  }
}

function invalid(description: string): Fault {
  return new Fault("JMESPATH_INVALID", `jmespath: ${description}`, {
    fields: [{ field: "jmespath", description }],
  });
}
