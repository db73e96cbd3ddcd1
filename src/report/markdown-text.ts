import { clean } from "./text-width.ts";

/** A text that Markdown, and a table cell in it, shows as it is: no markup, no HTML, no links, no line breaks. */
export function markdownText(text: string): string {
  return clean(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_{}[\]#|~]/g, "\\$&")
    .replace(/(https?|www)(:|\.)/gi, "$1&#8203;$2")
    .replace(/@(?=\w)/g, "@&#8203;")
    .replace(/^(\d+)\.(?=\s)/, "$1\\.");
}

/** A text as inline code: in a fence longer than any in it, the pipes escaped as GitHub's tables want it. */
export function markdownCode(text: string): string {
  const inside = clean(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(inside.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return inside === "" ? "" : `${fence}${space}${inside}${space}${fence}`;
}

/** A table of cells that are Markdown already; columns marked `right` are aligned so. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (right[index] ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
