import { readFileSync, writeFileSync } from "node:fs";

const END = "<!-- end -->";

/** Replaces the figures of one part in a Markdown file, where they stand between markers; a part that is new there comes last. */
export function rewriteDocs(path: string, part: string, text: string): void {
  const old = readFileSync(path, "utf8");
  const begin = `<!-- bench ${part} -->`;
  const block = `${begin}\n${text}\n${END}`;
  const from = old.indexOf(begin);
  const end = old.indexOf(END, from);
  const isThere = from >= 0 && end >= 0;
  writeFileSync(
    path,
    isThere
      ? `${old.slice(0, from)}${block}${old.slice(end + END.length)}`
      : `${old.trimEnd()}\n\n${block}\n`,
  );
}
