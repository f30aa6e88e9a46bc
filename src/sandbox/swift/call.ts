import type { Reply, Request } from "../core/http.ts";
import type { Caller } from "../keystone/identity.ts";
import type { Account, Container, SwiftState } from "./state.ts";

/** What a Swift handler works with. */
export interface SwiftCall {
  readonly state: SwiftState;
  readonly request: Request;
  /** Who calls; undefined for anybody. */
  readonly caller: Caller | undefined;
  /** What a temporary URL opens: the account, or one container of it. */
  readonly opened: "account" | "container" | undefined;
  /** The names of the path; empty where the path ends before. */
  readonly account: string;
  readonly container: string;
  readonly object: string;
}

/** A handler of one method. */
export type SwiftHandler = (call: SwiftCall) => Reply | Promise<Reply>;

/** An answer that is thrown. */
export class SwiftError extends Error {
  readonly reply: Reply;

  constructor(status: number, text?: string, headers: Record<string, string> = {}) {
    super(`${status}`);
    this.reply = answer(status, text, headers);
  }
}

const words: Readonly<Record<number, [string, string]>> = {
  202: ["Accepted", "The request is accepted for processing."],
  400: [
    "Bad Request",
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
  ],
  401: [
    "Unauthorized",
    "This server could not verify that you are authorized to access the document you requested.",
  ],
  403: ["Forbidden", "Access was denied to this resource."],
  404: ["Not Found", "The resource could not be found."],
  405: ["Method Not Allowed", "The method is not allowed for this resource."],
  406: ["Not Acceptable", "The resource is not available in a format acceptable to your browser."],
  409: ["Conflict", "There was a conflict when trying to complete your request."],
  412: ["Precondition Failed", "A precondition for this request was not met."],
  413: ["Request Entity Too Large", "The body of your request was too large for this server."],
  416: ["Requested Range Not Satisfiable", "The Range requested is not available."],
  422: ["Unprocessable Entity", "Unable to process the contained instructions"],
};

/** An answer as WebOb's relative in Swift makes them: a little HTML, unless there is text of its own. */
export function answer(status: number, text?: string, headers: Record<string, string> = {}): Reply {
  const [title = "", explanation = ""] = words[status] ?? [];
  const html = title === "" ? "" : `<html><h1>${title}</h1><p>${explanation}</p></html>`;
  return { status, headers: { "content-type": "text/html; charset=UTF-8", ...headers }, text: text ?? html };
}

/** A 400 with plain text. */
export function bad(text: string): SwiftError {
  return new SwiftError(400, text, { "content-type": "text/plain" });
}

/** The account of the path, if it was made. */
export function findAccount({ state, account }: SwiftCall): Account | undefined {
  return state.accounts.get(account);
}

/** The container of the path, if it is there. */
export function findContainer(call: SwiftCall, name = call.container): Container | undefined {
  return findAccount(call)?.containers.get(name);
}

/** The account of the path; made when it is not there. */
export function makeAccount(call: SwiftCall): Account {
  const made = findAccount(call) ?? {
    name: call.account,
    createdAt: call.state.timeline.now(),
    headers: new Map(),
    containers: new Map(),
  };
  call.state.accounts.set(made.name, made);
  return made;
}

/** A time as Swift keeps it: seconds with five digits. */
export function timestamp(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(5);
}

/** A time for a Last-Modified header: the second after, as no change may seem to come before it. */
export function lastModified(milliseconds: number): string {
  return new Date(Math.ceil(milliseconds / 1000) * 1000).toUTCString();
}

/** A word that Swift takes for yes. */
export function isTrue(word: string | null | undefined): boolean {
  return /^(true|1|yes|on|t|y)$/i.test(word ?? "");
}

/** What oslo and Swift call quoting: all but letters, digits, `_.-~` and slashes. */
export function quoted(name: string): string {
  return encodeURIComponent(name)
    .replaceAll("%2F", "/")
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Header values come byte by byte; what they mean is UTF-8. */
export function headerText(value: string): string {
  return Buffer.from(value, "latin1").toString("utf8");
}

/** A time as Swift's listings have it. */
export function micros(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000");
}
