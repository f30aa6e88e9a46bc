import { readFile } from "node:fs/promises";
import t from "tap";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { PollCensus } from "../../src/watch/poll-census.ts";

const { registry } = new Metrics({
  polls: new PollCensus(),
  open: () => ({ connections: 0, sessions: 0 }),
});
const metrics = registry.getMetricsAsArray() as unknown as {
  readonly name: string;
  readonly labelNames?: readonly string[];
  readonly constructor: { readonly name: string };
}[];
const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

t.test("docs/observability.md has the metrics that there are, and no others", async (t) => {
  const rows = [
    ...(await read("docs/observability.md")).matchAll(/^\| `([a-z]\w+)` \| (\w+) \| (.*?) \| \S.* \|$/gm),
  ].map(([, name, type, labels]) => ({ name, type, labels: labels?.trim() ?? "" }));
  t.strictSame(
    rows,
    metrics.map(({ name, labelNames = [], constructor: kind }) => ({
      name,
      type: kind.name.toLowerCase(),
      labels: labelNames.map((label) => `\`${label}\``).join(", "),
    })),
  );
});

t.test("every query of the dashboard names metrics and labels that exist", async (t) => {
  const { panels } = JSON.parse(await read("docs/grafana/oaktree.json")) as {
    panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
  };
  t.ok(panels.length > 10);
  const labelsOf = new Map(metrics.map(({ name, labelNames = [] }) => [name, labelNames]));
  for (const { title, targets } of panels) {
    for (const { expr, legendFormat } of targets) {
      const named = expr.match(/\b(oaktree|nodejs|process)_\w+/g) ?? [];
      t.ok(named.length > 0, `${title} asks for something`);
      const labels = named.flatMap((name) => {
        const found = labelsOf.get(name.replace(/_(bucket|sum|count)$/, "")) ?? labelsOf.get(name);
        t.ok(found, `${title}: ${name}`);
        return found ?? [];
      });
      const used = [
        ...(/\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(", ") ?? []),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label),
      ].filter((label) => label !== "le" && label !== "instance");
      t.strictSame(
        used.filter((label) => !labels.includes(label ?? "")),
        [],
        `${title}: labels`,
      );
    }
  }
});
