/** The disk formats that Glance takes (its option `disk_formats`). */
export const formats: readonly string[] = [
  "qcow2",
  "raw",
  "iso",
  "vmdk",
  "vhd",
  "vhdx",
  "vdi",
  "ploop",
  "ami",
];

/** Endings of file names that are not the format's own name. */
const endings: ReadonlyMap<string, string> = new Map([
  ["img", "raw"],
  ["bin", "raw"],
]);

/** The format that a file's name speaks of. Empty where it does not say. */
export function formatOf(fileName: string): string {
  const ending = /\.([^.]+)$/.exec(fileName.toLowerCase())?.[1] ?? "";
  return endings.get(ending) ?? (formats.includes(ending) ? ending : "");
}
