import { expect, test } from "vitest";
import { parseEnvFile } from "./env-file.ts";

test("a dotenv file is read as compose reads it", () => {
  const text = String.raw`
# a comment
A=1
export B = two words   # and why
C='single $A # no comment'
D="double \"quoted\" \\ line\nbreak" # trailing
E=
F=a#b
G="over
lines"
not a variable
H.x-y=dotted
`;
  expect(parseEnvFile(text)).toEqual({
    A: "1",
    B: "two words",
    C: "single $A # no comment",
    D: 'double "quoted" \\ line\nbreak',
    E: "",
    F: "a#b",
    G: "over\nlines",
    "H.x-y": "dotted",
  });
});

test("Windows line ends are no part of a value", () => {
  expect(parseEnvFile("A=1\r\nB=2\r\n")).toEqual({ A: "1", B: "2" });
});
