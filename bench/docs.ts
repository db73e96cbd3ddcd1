import { existsSync, readFileSync, writeFileSync } from "node:fs";

const BEGIN = "<!-- bench -->";
const END = "<!-- end -->";
const SECTION = "\n## Figures\n\n";

/** Replaces what stands between the markers of a Markdown file by `text`; makes the section, or the file, when missing. */
export function rewriteDocs(path: string, text: string): void {
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const block = `${BEGIN}\n${text}\n${END}`;
  const begin = old.indexOf(BEGIN);
  const end = old.indexOf(END, begin);
  const whole = begin >= 0 && end >= 0;
  writeFileSync(
    path,
    whole
      ? `${old.slice(0, begin)}${block}${old.slice(end + END.length)}`
      : `${old.trimEnd()}\n${SECTION}${block}\n`,
  );
}
