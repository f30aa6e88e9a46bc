import { commentOf, commentOfFile, type SchemaSource } from "../schema/source.ts";
import { cell } from "./markdown.ts";

/** One reason of errors.proto. */
export interface ErrorReasonDoc {
  /** Without its prefix: `NOT_FOUND`. */
  readonly reason: string;
  /** Name of the gRPC code. */
  readonly code: string;
  /** What it means. */
  readonly meaning: string;
  /** What was asked, and what was answered. Undefined where the comment has no paragraph `Example: ...`. */
  readonly example: string | undefined;
}

/** The reasons, as the comments of the schema tell them. */
export function errorReasons(source: SchemaSource): ErrorReasonDoc[] {
  return source
    .enumeration("oaktree.v1.ErrorReason")
    .values.filter(({ number }) => number !== 0)
    .map((value) => {
      const paragraphs = commentOf(value).split("\n\n");
      const isExample = (paragraph: string): boolean => paragraph.startsWith("Example: ");
      return {
        reason: value.name.replace(/^ERROR_REASON_/, ""),
        code: source.words(value, "oaktree.rest.v1.code").join(),
        meaning: paragraphs.filter((paragraph) => !isExample(paragraph)).join(" "),
        example: paragraphs.find(isExample)?.replace("Example: ", ""),
      };
    });
}

/** docs/errors.md. */
export function errorsPage(source: SchemaSource): string {
  const rows = errorReasons(source).map(
    ({ reason, code, meaning, example = "" }) =>
      `| \`${reason}\` | \`${code}\` | ${cell(meaning)} | ${cell(example)} |`,
  );
  return [
    "# Errors",
    "",
    "Made from proto/oaktree/v1/errors.proto by `npm run docs`. Tests produce every one of these, most of them on a real",
    "OpenStack.",
    "",
    commentOfFile(source.file("oaktree/v1/errors")),
    "",
    "A program looks at the reason, and at the code where it does not know the reason. The message is for people, and may",
    "change; where a cloud said no it has the cloud's own words. Besides `ErrorInfo` there are `RequestInfo` always, and",
    "`BadRequest`, `RetryInfo` and `QuotaFailure` where they fit.",
    "",
    "| reason | code | | example |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
