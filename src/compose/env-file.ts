/**
 * The variables of a dotenv file: `NAME=value`, also with `export`, with comments, and with values in single quotes (as
 * they are) or double quotes (`\n`, `\"`, `\\`), both also over several lines. Lines that are none of this are skipped.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [, name, single, double, plain] of text.matchAll(ASSIGNMENT)) {
    variables[name as string] = single ?? unescaped(double) ?? withoutComment(plain as string);
  }
  return variables;
}

const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\r\n]*))/gm;

function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/\\([\s\S])/g, (_all, char: string) => (char === "n" ? "\n" : char));
}

function withoutComment(text: string): string {
  return text.replace(/(^|\s)#.*$/, "").trim();
}
