/** An element as read back, for tests. */
export interface ParsedElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ParsedElement[];
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: ParsedElement[];
  text: string;
}

/** Reads a document of elements, attributes and text; throws on whatever is not well-formed XML 1.0. */
export function parseXml(document: string): ParsedElement {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(document)) {
    throw new Error("a character that XML forbids");
  }
  const body = document.replace(/^<\?xml [^?]*\?>\s*/, "");
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const stack: Open[] = [root];
  const token = /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (const match of body.matchAll(token)) {
    at = (match.index ?? 0) + match[0].length;
    take(stack, match);
  }
  if (at !== body.length) throw new Error(`not XML at ${at}: ${body.slice(at, at + 40)}`);
  if (stack.length !== 1) throw new Error(`<${stack.at(-1)?.name}> is not closed`);
  const [first, second] = root.children;
  if (!first || second || root.text.trim() !== "") throw new Error("expected one root element");
  return first;
}

function take(stack: Open[], [, slash, name = "", given = "", empty, text]: RegExpExecArray): void {
  const top = stack.at(-1) as Open;
  if (text !== undefined) {
    top.text += plainText(text);
  } else if (slash === "/") {
    if (top.name !== name) throw new Error(`<${top.name}> closed by </${name}>`);
    stack.pop();
  } else {
    const element: Open = { name, attributes: attributesOf(given), children: [], text: "" };
    top.children.push(element);
    if (empty !== "/") stack.push(element);
  }
}

function attributesOf(given: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = "", value = ""] of given.matchAll(/([\w-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`${key} is given twice`);
    attributes[key] = plainText(value);
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function plainText(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const code = /^#(\d+)$/.exec(name);
    const char = code ? String.fromCodePoint(Number(code[1])) : ENTITIES[name];
    if (char === undefined || !whole.endsWith(";")) throw new Error(`a bare & in ${text}`);
    return char;
  });
}
