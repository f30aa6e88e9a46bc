import { isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { literalPath } from "../cloud/path.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { service } from "./swift.ts";

/** Largest object where `/info` does not say: Swift's own default (swift/common/constraints.py). */
const usualMaxFileSize = 5n * 1024n ** 3n + 2n;

/** Segments where nothing else is wanted. */
const usualSegmentSize = 1024n ** 3n;

/** What an object store tells of itself. */
export interface Capabilities {
  /** Largest object of one upload. */
  readonly maxFileSizeBytes: bigint;
  /** Smallest segment. */
  readonly minSegmentSizeBytes: bigint;
  /** Most segments. */
  readonly maxSegments: bigint;
  /** The whole answer. */
  readonly info: JsonObject;
}

/** Asks for `/info`. */
export async function capabilities(region: Region, scope: CallScope): Promise<Capabilities> {
  const { body } = await region.send(
    { service, method: "GET", path: literalPath("/info"), atRoot: true },
    scope,
  );
  const info = isObject(body) ? body : {};
  const { swift: core, slo } = info;
  return {
    maxFileSizeBytes: numberIn(core, "max_file_size") ?? usualMaxFileSize,
    minSegmentSizeBytes: numberIn(slo, "min_segment_size") ?? 0n,
    maxSegments: numberIn(slo, "max_manifest_segments") ?? 0n,
    info,
  };
}

/** The size of segments: the wanted one, or 1 GiB, within the cloud's limits; half the largest object where it tells none. */
export async function segmentSize(wanted: bigint, region: Region, scope: CallScope): Promise<bigint> {
  try {
    const { maxFileSizeBytes, minSegmentSizeBytes } = await capabilities(region, scope);
    const size = wanted === 0n ? usualSegmentSize : wanted;
    return size > maxFileSizeBytes
      ? maxFileSizeBytes
      : size < minSegmentSizeBytes
        ? minSegmentSizeBytes
        : size;
  } catch (error) {
    // Clouds may hide /info behind 404 or 412.
    if (isFault(error) && /^(404|412)$/.test(error.metadata.upstreamStatus ?? "")) {
      return usualMaxFileSize / 2n;
    }
    throw error;
  }
}

function numberIn(value: unknown, key: string): bigint | undefined {
  const number = isObject(value) ? value[key] : undefined;
  return typeof number === "number" && Number.isSafeInteger(number) ? BigInt(number) : undefined;
}
