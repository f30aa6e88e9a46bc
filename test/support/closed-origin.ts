/**
 * An origin where nobody listens. A port that was chosen, and closed again, may be another test's by
 * the time somebody asks there; this one is below those that are handed out.
 */
export const closedOrigin = "http://127.0.0.1:1";
