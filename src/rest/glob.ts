/**
 * Compiles a glob: `*` any text, `?` one character, `[abc]`, `[a-z]`, `[!abc]`;
 * shade matches names so, with Python's fnmatch. Matching takes time in
 * proportion to pattern times text at most, whatever the pattern: a compiled
 * regular expression would not, and patterns come from callers.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const tokens = parse([...pattern]);
  return (text) => matches(tokens, [...text]);
}

/** Whether the text has any of the characters that make a glob. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

type Token = "any text" | ((character: string) => boolean);

function parse(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? "";
    // A bracket right after the opening (or its `!`) stands for itself.
    const negated = pattern[i + 1] === "!";
    const end = character === "[" ? pattern.indexOf("]", i + (negated ? 3 : 2)) : -1;
    if (character === "*") {
      tokens.push("any text");
    } else if (character === "?") {
      tokens.push(() => true);
    } else if (end > 0) {
      const inSet = characterSet(pattern.slice(i + (negated ? 2 : 1), end));
      tokens.push((candidate) => inSet(candidate) !== negated);
      i = end;
    } else {
      tokens.push((candidate) => candidate === character);
    }
  }
  return tokens;
}

function characterSet(members: readonly string[]): (character: string) => boolean {
  const ranges: [from: string, to: string][] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i] ?? "";
    const to = members[i + 1] === "-" ? members[i + 2] : undefined;
    ranges.push([from, to ?? from]);
    i += to === undefined ? 0 : 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to);
}

/** Goes back to the last `*` only: an earlier one could gain nothing. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === "any text") {
      star = token++;
      starAt = at;
    } else if (current?.(text[at] ?? "")) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === "any text");
}
