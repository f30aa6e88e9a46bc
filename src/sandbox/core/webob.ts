import { header, type Reply, type Request } from "./http.ts";

/**
 * An error as WebOb writes it, in the form that the caller accepts: HTML, JSON, or text
 * for who says nothing (webob/exc.py, WSGIHTTPException.generate_response).
 */
export function webobError(
  request: Request,
  status: number,
  title: string,
  words: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const accepted = header(request.headers, "accept") ?? "";
  const whole = `${status} ${title}`;
  if (/text\/(html|\*)|\*\/\*/.test(accepted)) {
    return {
      status,
      headers: { ...headers, "content-type": "text/html; charset=UTF-8" },
      text: `<html>\n <head>\n  <title>${whole}</title>\n </head>\n <body>\n  <h1>${whole}</h1>\n  ${escaped(words)}<br /><br />\n\n\n\n </body>\n</html>`,
    };
  }
  if (/application\/(json|\*)/.test(accepted)) {
    return { status, headers, json: { message: `${words}<br /><br />\n\n\n`, code: whole, title } };
  }
  return {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=UTF-8" },
    text: `${whole}\n\n${words}\n\n   `,
  };
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
