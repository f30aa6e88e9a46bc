import type { Page, Request } from "playwright-core";

/** What a page did that a look at it does not show. */
export interface WatchedPage {
  /** What the page said of a server, each once. */
  statesOf(name: string): string[];
  /** @throws Error if the page broke a rule. */
  check(): void;
}

/**
 * Watches a page that is not open yet: its console, its content security policy,
 * what it calls and how, and where the token goes.
 */
export async function watchPage(page: Page, token: string): Promise<WatchedPage> {
  const wrongs: string[] = [];
  const calls = new Set<string>();

  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      wrongs.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => wrongs.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().includes(token)) {
      wrongs.push(`the token is in an URL: ${request.url()}`);
    }
    if (isCall(request)) {
      calls.add(new URL(request.url()).pathname);
      const type = request.headers()["content-type"];
      if (type !== "application/grpc-web+proto") {
        wrongs.push(`${request.url()} is called with ${type}`);
      }
    }
  });
  page.on("response", (response) => {
    if (response.request().isNavigationRequest() && !response.headers()["content-security-policy"]) {
      wrongs.push("the page has no content security policy");
    }
    if (response.status() >= 400) {
      wrongs.push(`${response.url()} answers ${response.status()}`);
    }
  });
  await page.exposeFunction("tellViolation", (what: string) => wrongs.push(`policy: ${what}`));
  const seen: string[] = [];
  await page.exposeFunction("tellNews", (news: string) => seen.push(news));
  await page.addInitScript({ content: inside });

  return {
    statesOf(name) {
      const states = seen.filter((news) => news.startsWith(`${name}: `));
      return [...new Set(states.map((news) => news.slice(name.length + 2)))];
    },
    check() {
      if (!calls.has("/oaktree.v1.ComputeService/WaitForServer")) {
        wrongs.push("no server was followed");
      }
      if (wrongs.length > 0) {
        throw new Error(wrongs.join("\n"));
      }
    },
  };
}

function isCall(request: Request): boolean {
  return new URL(request.url()).pathname.startsWith("/oaktree.v1.");
}

// Runs in the page before its own scripts do.
const inside = `
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    tellViolation(violatedDirective + " " + blockedURI));
  new MutationObserver(() => {
    const news = document.querySelector("main > [role=status]")?.textContent;
    if (news) tellNews(news);
  }).observe(document, { childList: true, characterData: true, subtree: true });
`;
