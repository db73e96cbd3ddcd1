import { describe, expect, test } from "vitest";
import { type Problem, ProblemsError } from "./problem.ts";
import { readYaml } from "./source.ts";

function problemsOf(bytes: Uint8Array | string): readonly Problem[] {
  try {
    readYaml(bytes, "f.yaml");
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return thrown.problems;
    throw thrown;
  }
  return [];
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefg"
  .split("")
  .map((name, i) => `${name}: &${name} [${`*${"abcdef"[i]}, `.repeat(9)}]`)
  .join("\n")}\n`;

describe("what is no strict YAML is refused at its line, with a hint", () => {
  test.each<[string, Uint8Array | string, number, RegExp, RegExp]>([
    ["a duplicate key", "a: 1\nb: 2\na: 3\n", 3, /given twice/, /remove one/],
    ["a tab", "a:\n  b: 1\n\tc: 2\n", 3, /tabs are not allowed/, /spaces/],
    ["a second document", "a: 1\n---\nb: 2\n", 2, /one document, got 2/, /---/],
    ["a bracket left open", "a: 1\nb: [1, 2\nc: 3\n", 2, /not closed/, /\]/],
    ["a quote left open", "a: 1\nb: 'x\nc: 3\n", 2, /quote is not closed/, /quote/],
    ["a colon in a plain text", "a: b: c\n", 1, /nested mappings/, /quotes/],
    ["a reserved character", "a: 1\nb: @x\n", 2, /reserved character/, /quotes/],
    ["wrong indentation", "a:\n  b: 1\n c: 2\n", 3, /same column/, /indent/],
    ["an unknown anchor", "a: &base 1\nb: *bse\n", 2, /no anchor &bse/, /"base"/],
    ["an anchor inside itself", "a: &x [*x]\n", 1, /no anchor &x before/, /none/],
    ["an alias bomb", BOMB, 5, /aliases expand/, /write out/],
    ["an unknown tag", "a: !foo 1\n", 1, /unresolved tag/, /remove/],
    ["YAML 1.1", "%YAML 1.1\n---\na: yes\n", 1, /got 1.1/, /%YAML/],
    ["brackets without end", `a: 1\nb: ${"[".repeat(50_000)}`, 2, /levels deep/, /closed/],
    ["dashes without end", `${"- ".repeat(50_000)}x`, 1, /levels deep/, /closed/],
    ["more than 1 MiB", `a: ${"x".repeat(50 * 2 ** 20)}`, 1, /50.0 MiB/, /meant/],
    ["UTF-16", new Uint8Array(Buffer.from("\uFEFFa: 1", "utf16le")), 1, /UTF-16 \(LE\)/, /UTF-8/],
    ["UTF-16 without a mark", new Uint8Array(Buffer.from("a: 1", "utf16le")), 1, /UTF-16/, /UTF-8/],
    ["UTF-16 BE", new Uint8Array([0xfe, 0xff, 0, 0x61]), 1, /UTF-16 \(BE\)/, /UTF-8/],
    ["Latin-1", new Uint8Array([...utf8("a: 1\nb: M"), 0xfc]), 2, /0xFC/, /UTF-8/],
    ["a NUL byte", utf8("a: 1\nb: x\0\n"), 2, /NUL/, /binary/],
    ["a control character", "a: 1\nb: \x1b[0m\n", 2, /0x1B/, /remove/],
  ])("%s", (_name, bytes, line, message, hint) => {
    const [problem, ...others] = problemsOf(bytes);
    expect(problem).toMatchObject({
      file: "f.yaml",
      line,
      message: expect.stringMatching(message),
    });
    expect(problem?.hint).toMatch(hint);
    expect(others).toEqual([]);
  });

  test("several mistakes are told at once", () => {
    expect(problemsOf("a: 1\na: 2\nb: 1\nb: 2\n").map(({ line }) => line)).toEqual([2, 4]);
  });
});

describe("places", () => {
  const source = readYaml(
    "base: &base\n  url: u\nmain:\n  <<: *base\n  list: [1, {x: 2}]\nempty:\nother: *base\n",
    "f.yaml",
  );

  test("the data is plain, with merge keys merged", () => {
    expect(source.data).toMatchObject({ main: { url: "u", list: [1, { x: 2 }] }, empty: null });
  });

  test.each<[(string | number)[], [number, number], [number, number]]>([
    [
      ["main", "list"],
      [5, 9],
      [5, 3],
    ],
    [
      ["main", "list", 1, "x"],
      [5, 17],
      [5, 14],
    ],
    [
      ["main", "list", 1],
      [5, 13],
      [5, 13],
    ],
    [
      ["main", "url"],
      [2, 8],
      [2, 3],
    ],
    [
      ["other", "url"],
      [2, 8],
      [2, 3],
    ],
    [
      ["main", "nothing", "below"],
      [4, 3],
      [3, 1],
    ],
    [
      ["empty", "x"],
      [6, 7],
      [6, 1],
    ],
    [[], [1, 1], [1, 1]],
  ])("%j", (path, value, key) => {
    const { line, column } = source.locate(path);
    const ofKey = source.locateKey(path);
    expect([line, column]).toEqual(value);
    expect([ofKey.line, ofKey.column]).toEqual(key);
  });

  test("characters of a text are found behind its quote; of a block text only its start", () => {
    const texts = readYaml("a: plain\nb: 'quoted'\nc: |\n  block\n", "f.yaml");
    expect(["a", "b", "c"].map((key) => texts.locateIn([key], 2))).toEqual([
      { line: 1, column: 6 },
      { line: 2, column: 7 },
      { line: 3, column: 4 },
    ]);
  });

  test("an empty file has data null and places at its start", () => {
    const empty = readYaml("# nothing\n", "f.yaml");
    expect(empty.data).toBeNull();
    expect(empty.locate(["a"])).toEqual({ line: 1, column: 1 });
  });

  test("a byte order mark of UTF-8 is no content", () => {
    expect(readYaml(utf8("\uFEFFa: 1"), "f.yaml").data).toEqual({ a: 1 });
  });
});
