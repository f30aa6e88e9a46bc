import { versionsOf } from "./service-types.ts";

/** The microversions that an endpoint takes. */
export interface MicroversionRange {
  /** The lowest, such as `2.1`. */
  readonly min: string;
  /** The highest, such as `2.93`. */
  readonly max: string;
}

/** Compares `2.9` and `2.10` as versions: negative when the first is lower. */
export function compareVersions(one: string, other: string): number {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10) || minorOf(one) - minorOf(other);
}

function minorOf(version: string): number {
  const dot = version.indexOf(".");
  return dot < 0 ? 0 : Number.parseInt(version.slice(dot + 1), 10);
}

/** The highest microversion that both the endpoint and the caller know. */
export function commonMicroversion(range: MicroversionRange | undefined, max: string): string | undefined {
  if (range === undefined || compareVersions(max, range.min) < 0) {
    return undefined;
  }
  return compareVersions(max, range.max) < 0 ? max : range.max;
}

/**
 * Headers that ask for a microversion. Nova before 2.27 (Newton) and Ironic before
 * Rocky read only their own header.
 */
export function microversionHeaders(service: string, version: string): Record<string, string> {
  const { microversions, legacyHeader } = versionsOf(service);
  return {
    ...(microversions !== undefined && { "openstack-api-version": `${microversions} ${version}` }),
    ...(legacyHeader !== undefined && { [legacyHeader]: version }),
  };
}
