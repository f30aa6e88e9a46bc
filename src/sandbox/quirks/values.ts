/** A whole number within bounds. @throws RangeError. */
export function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new RangeError(`${name} is a whole number from ${least} to ${most}, not ${text}`);
  }
  return number;
}
