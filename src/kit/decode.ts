import { type Problem, ProblemsError } from "./problem.ts";

/** Larger files are refused unread: no scenario or compose file of a person comes near. */
const MAX_BYTES = 1024 * 1024;

/** The text of a file a user wrote, without its byte order mark. Throws ProblemsError: too large, not UTF-8, control characters. */
export function decodeText(bytes: Uint8Array | string, file: string): string {
  const size = bytes.length;
  if (size > MAX_BYTES) {
    refuse(file, `the file is too large: ${mebibytes(size)} MiB, at most 1 MiB is read`, {
      hint: "is this really the file you meant?",
    });
  }
  const text = typeof bytes === "string" ? bytes : decodeBytes(bytes, file);
  refuseControlCharacters(text, file);
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function decodeBytes(bytes: Uint8Array, file: string): string {
  const encoding = foreignEncoding(bytes);
  if (encoding !== undefined) {
    refuse(file, `expected UTF-8, got ${encoding}`, { hint: "save the file as UTF-8" });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuseInvalid(bytes, file);
  }
}

/** By byte order mark, or by where the zero bytes of ASCII characters lie. */
function foreignEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32 (LE)" : "UTF-16 (LE)";
  if (a === 0xfe && b === 0xff) return "UTF-16 (BE)";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32 (BE)";
  const head = bytes.subarray(0, 256);
  const zeros = (odd: number) =>
    head.filter((byte, index) => byte === 0 && index % 2 === odd).length;
  if (zeros(1) > head.length / 4 && zeros(0) === 0) return "UTF-16 (LE) without a byte order mark";
  if (zeros(0) > head.length / 4 && zeros(1) === 0) return "UTF-16 (BE) without a byte order mark";
  return undefined;
}

/** Newlines are never part of a multi-byte character, so the first line that does not decode holds the first bad byte. */
function refuseInvalid(bytes: Uint8Array, file: string): never {
  const strict = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const slice = bytes.subarray(start, end);
    try {
      strict.decode(slice);
    } catch {
      const before = new TextDecoder().decode(slice).split("\uFFFD", 1)[0] as string;
      const byte = slice[new TextEncoder().encode(before).length] ?? 0;
      refuse(file, `expected UTF-8, got the byte 0x${hex(byte)}, as in Latin-1 or Windows-1252`, {
        line,
        column: before.length + 1,
        hint: "save the file as UTF-8",
      });
    }
    start = end + 1;
  }
  return refuse(file, "expected UTF-8", { hint: "save the file as UTF-8" });
}

function refuseControlCharacters(text: string, file: string): void {
  const at = firstControlCharacter(text);
  if (at === undefined) return;
  const before = text.slice(0, at).split("\n");
  const code = text.charCodeAt(at);
  const name = code === 0 ? "a NUL byte" : `the control character 0x${hex(code)}`;
  refuse(file, `expected text, got ${name}`, {
    line: before.length,
    column: (before.at(-1) as string).length + 1,
    hint: code === 0 ? "this looks like a binary file" : "remove the character",
  });
}

/** Tab, line feed and carriage return are YAML's to judge. */
function firstControlCharacter(text: string): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const allowed = code >= 0x20 ? code !== 0x7f : code === 9 || code === 10 || code === 13;
    if (!allowed) return index;
  }
  return undefined;
}

function refuse(
  file: string,
  message: string,
  details: Partial<Pick<Problem, "line" | "column">> & { hint: string },
): never {
  throw new ProblemsError([{ file, line: 1, column: 1, path: "", message, ...details }]);
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

function mebibytes(bytes: number): string {
  return (bytes / MAX_BYTES).toFixed(1);
}
