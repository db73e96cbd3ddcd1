const ASCII = /^[\x20-\x7e]*$/;
/** Characters that terminals draw two columns wide: East Asian ones and most emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const ZERO = /[\p{Mn}\p{Me}]/u;
/** Where a word that is longer than a line may be broken without hurting the eye. */
const JOINT = /[/\-_.,:;=&?#]/;

/** How many columns a text without control characters takes on a terminal. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** Text from outside, made harmless: no control characters (so no ANSI), no direction overrides, no broken surrogates. */
export function clean(text: string): string {
  if (ASCII.test(text)) return text;
  return text
    .replace(/[\t\r\n]+/g, " ")
    .replace(/[\p{Cc}\p{Cs}]/gu, "?")
    .replace(/\p{Cf}/gu, "");
}

/** Cuts a text to a width, with an ellipsis where something was left out. */
export function shorten(text: string, width: number, ellipsis = "…"): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  return room < 0 ? head(text, width) : `${head(text, room)}${ellipsis}`;
}

/** Pads with spaces on the right (or, `end`, on the left) to a width. */
export function pad(text: string, width: number, align: "start" | "end" = "start"): string {
  const spaces = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "start" ? `${text}${spaces}` : `${spaces}${text}`;
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer than a line is broken at a joint if it has one. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((part) => part !== "")) {
    for (const piece of pieces(word, width)) {
      const joined = line === "" ? piece : `${line} ${piece}`;
      if (textWidth(joined) <= width) {
        line = joined;
      } else {
        lines.push(line);
        line = piece;
      }
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (textWidth(rest) > width) {
    const part = head(rest, Math.max(1, width)) || (Array.from(rest)[0] as string);
    const cut = lastJoint(part);
    parts.push(part.slice(0, cut));
    rest = rest.slice(cut);
  }
  return rest === "" ? parts : [...parts, rest];
}

function lastJoint(part: string): number {
  for (let at = part.length; at > part.length / 2; at--) {
    if (JOINT.test(part[at - 1] as string)) return at;
  }
  return part.length;
}

function head(text: string, width: number): string {
  let taken = "";
  let used = 0;
  for (const char of text) {
    used += charWidth(char);
    if (used > width) break;
    taken += char;
  }
  return taken;
}

function charWidth(char: string): number {
  if (ZERO.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
