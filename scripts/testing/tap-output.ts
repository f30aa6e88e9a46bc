// Of what went well only the file is told: thousands of assertions hide the failed one.
const passed = /^( +ok \d|\s*# Subtest: |\s*1\.\.\d+$|\s+# time=|\s*$)/;

/** The TAP that the tests write, kept whole, and shown as far as a person reads it. */
export class TapOutput {
  /** All of it. */
  text = "";
  #rest = "";

  /** Takes what came, and returns what to show of it. */
  add(chunk: string): string {
    this.text += chunk;
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines
      .filter((line) => !passed.test(line))
      .map((line) => `${line}\n`)
      .join("");
  }
}
