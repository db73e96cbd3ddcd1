/** What is wrong with a command line, and where (0-based). */
export interface WordsProblem {
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
}

const SPACE = /\s+/y;
/** What a shell would take for syntax of its own. */
const SHELL_SYNTAX = /[|&;<>`]|\$\(/y;
const OPEN_QUOTE = /['"]/y;

/** Parts of a word, and what each stands for. */
const PARTS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/'[^']*'/y, (text) => text.slice(1, -1)],
  [/"(?:[^"\\]|\\[\s\S])*"/y, (text) => text.slice(1, -1).replace(/\\(["\\])/g, "$1")],
  [/\\[\s\S]/y, (text) => text.slice(1)],
  [/[^\s'"\\|&;<>`$]+|[$\\]/y, (text) => text],
];

/**
 * A command line as a program and its arguments, by the quoting rules of a POSIX shell (single, double, backslash) and
 * nothing else of one: what only a shell could do (`|`, `&&`, `>`, `$(...)`) is told, because no shell will run.
 */
export function splitWords(text: string): string[] | WordsProblem {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  while (at < text.length) {
    const offset = at;
    const shell = take(SHELL_SYNTAX);
    if (shell !== undefined) return needsShell(shell, offset);
    const part = takePart(take);
    if (part !== undefined) {
      word = (word ?? "") + part;
    } else if (take(SPACE) !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      return unclosed(take(OPEN_QUOTE) as string, offset);
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0) return words;
  return { message: "the command is empty", hint: "give a program: node server.js", offset: 0 };
}

function takePart(take: (pattern: RegExp) => string | undefined): string | undefined {
  for (const [pattern, meaning] of PARTS) {
    const text = take(pattern);
    if (text !== undefined) return meaning(text);
  }
  return undefined;
}

function needsShell(syntax: string, offset: number): WordsProblem {
  return {
    message: `"${syntax}" needs a shell, and commands are run without one`,
    hint: "quote it if it is meant literally, or run sh -c '...'",
    offset,
  };
}

function unclosed(mark: string, offset: number): WordsProblem {
  return { message: `the quote ${mark} is not closed`, hint: `add the closing ${mark}`, offset };
}
