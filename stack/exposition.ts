/** One sample of a metric; labels in the order they are printed. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The Prometheus text format, version 0.0.4. Samples of one name must stand together. */
export function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  let last = "";
  for (const { name, type, help, labels, value } of metrics) {
    if (name !== last) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    last = name;
    lines.push(`${name}${labelText(labels)} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeLabel)}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(char: string): string {
  return char === "\n" ? "\\n" : `\\${char}`;
}
