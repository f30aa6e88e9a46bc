import { Fault } from "../cloud/fault.ts";

/** An error as RFC 6749, section 5.2 has it. */
export class OAuthError extends Error {
  /** Such as `invalid_client`. */
  readonly code: string;

  /** @param message goes to the client as `error_description`. */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An answer of an OAuth endpoint. */
export interface OAuthAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Headers beside those that all answers have. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. Undefined: empty. */
  readonly body: Readonly<Record<string, string | number>> | undefined;
}

/** The answer for an error. @throws what is a defect. */
export function errorAnswer(error: unknown): OAuthAnswer {
  if (error instanceof OAuthError) {
    return answer(error.code === "invalid_client" ? 401 : 400, error.code, error.message);
  }
  if (!(error instanceof Fault)) {
    throw error;
  }
  const wait = error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1000);
  if (error.reason === "RATE_LIMITED") {
    return answer(429, "temporarily_unavailable", error.message, wait ?? 1);
  }
  if (error.reason === "INVALID_REQUEST" || error.reason === "LOCATION_UNKNOWN") {
    return answer(400, "invalid_request", error.message);
  }
  return answer(503, "temporarily_unavailable", error.message, wait);
}

function answer(status: number, error: string, description: string, retryAfter?: number): OAuthAnswer {
  return {
    status,
    headers: {
      ...(status === 401 && { "www-authenticate": 'Basic realm="oaktree"' }),
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
    },
    body: {
      error,
      // The characters that section 5.2 allows.
      error_description: description
        .replaceAll('"', "'")
        .replaceAll("\\", "/")
        .replaceAll(/[^ -~]/g, "?"),
    },
  };
}
