const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size in words: `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 })} ${units[power]}`;
}

/** One mebibyte in bytes. */
export const mebibyte = 1024 ** 2;

/** One gibibyte in bytes. */
export const gibibyte = 1024 ** 3;
