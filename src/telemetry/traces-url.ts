/**
 * Where traces go, as OpenTelemetry's own variables have it: an address without a
 * path gets `/v1/traces`. Undefined when nobody wants them.
 */
export function tracesUrl(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const whole = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (given === undefined && whole) {
    return whole;
  }
  const base = given ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!base) {
    return undefined;
  }
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new Error("traces go to an http:// or https:// URL, as http://127.0.0.1:4318");
  }
  const url = new URL(base);
  const isWhole = given !== undefined && url.pathname !== "/";
  return isWhole ? base : `${base.replace(/\/$/, "")}/v1/traces`;
}
