import type { Test } from "tap";
import type { Answer, Ask, Rest } from "./rest.ts";

/** A container of its own, and a way to ask for what is in it. */
export interface Box {
  /** Its name. */
  readonly name: string;
  /** Asks for the container: `ask("GET", "?format=json")`, or an object: `ask("PUT", "/name")`. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** Puts an object. */
  put(name: string, body: string, headers?: Record<string, string>): Promise<Answer>;
}

/** Makes a container that ends with the test. */
export async function box(t: Test, rest: Rest, headers: Record<string, string> = {}): Promise<Box> {
  const name = rest.unique("truth");
  const ask: Box["ask"] = (method, path, options) =>
    rest.ask("object-store", method, `/${name}${path}`, options);
  t.equal((await ask("PUT", "", { headers })).status, 201);
  t.teardown(async () => {
    for (const object of (await ask("GET", "")).text.split("\n").filter((each) => each !== "")) {
      await ask("DELETE", `/${encodeURIComponent(object)}`);
    }
    await ask("DELETE", "");
  });
  return {
    name,
    ask,
    put: (object, body, headers) => ask("PUT", `/${object}`, { body, headers: headers ?? {} }),
  };
}

/** What matters of an answer: the status, and those of its headers that are named. */
export function facts(answer: Answer, ...headers: string[]) {
  return [answer.status, ...headers.map((name) => answer.headers[name])];
}
