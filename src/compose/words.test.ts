import { describe, expect, test } from "vitest";
import { splitWords } from "./words.ts";

describe("a command line is split as a shell would, without one", () => {
  test.each([
    ["node server.js", ["node", "server.js"]],
    ["  a\t b \n", ["a", "b"]],
    [`a 'b c' "d e"`, ["a", "b c", "d e"]],
    [`a --x="y z"'!'`, ["a", "--x=y z!"]],
    [String.raw`a b\ c "\"d\\" "\n"`, ["a", "b c", String.raw`"d\ `.trim(), String.raw`\n`]],
    [`a '' ""`, ["a", "", ""]],
    [`sh -c 'a | b && c > d'`, ["sh", "-c", "a | b && c > d"]],
    ["a $HOME {port} $", ["a", "$HOME", "{port}", "$"]],
    ["a\\", ["a\\"]],
  ])("%s", (line, words) => expect(splitWords(line)).toEqual(words));
});

describe("what is no command is told with its place", () => {
  test.each([
    ["a | b", 2, '"|" needs a shell'],
    ["a && b", 2, '"&" needs a shell'],
    ["a > b", 2, '">" needs a shell'],
    ["a $(b)", 2, '"$(" needs a shell'],
    ["a 'b", 2, "the quote ' is not closed"],
    ['a "b\\"', 2, 'the quote " is not closed'],
    ["   ", 0, "the command is empty"],
  ])("%s", (line, offset, message) =>
    expect(splitWords(line)).toMatchObject({ offset, message: expect.stringContaining(message) }),
  );
});
