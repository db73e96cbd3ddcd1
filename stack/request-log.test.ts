import { expect, test } from "vitest";
import { printableId, requestLine } from "./request-log.ts";

test("a request is one line: id, method, path without its query, status", () => {
  const request = { id: "run-main-7", method: "GET", url: "/work?ms=5&x=?", status: 200 };
  expect(requestLine(request)).toBe("request run-main-7 GET /work 200\n");
});

test.each([undefined, "", "two words", "line\nbreak", "x".repeat(129), ["a"], 5])(
  "%j is no id to print",
  (id) => {
    expect(printableId(id)).toBeUndefined();
    expect(requestLine({ id, method: "GET", url: "/", status: 200 })).toBe("request - GET / 200\n");
  },
);
