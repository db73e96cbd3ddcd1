/** An XML element: `text` is escaped like everything else. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children?: readonly Element[];
  readonly text?: string;
}

/** A document of one root element, indented. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, "")}`;
}

/**
 * Text as XML 1.0 allows it anywhere: markup escaped, and what no XML document may hold at all (most control characters,
 * lone surrogates, U+FFFE and U+FFFF; https://www.w3.org/TR/xml/#charsets) replaced by U+FFFD. Line breaks and tabs become
 * character references, because attributes would turn them into spaces.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, (char) => ESCAPES[char] as string);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function render({ name, attributes, children = [], text = "" }: Element, indent: string): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join("");
  const inside = children.map((child) => render(child, `${indent}  `)).join("");
  if (inside !== "") return `${indent}<${name}${given}>\n${inside}${indent}</${name}>\n`;
  if (text !== "") return `${indent}<${name}${given}>${escapeXml(text)}</${name}>\n`;
  return `${indent}<${name}${given}/>\n`;
}
