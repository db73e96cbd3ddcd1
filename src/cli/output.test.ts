import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { createOutput } from "./output.ts";

/** A stream whose writes are kept, and which fails when it is told to. */
class FakeStream extends EventEmitter {
  readonly columns = 80;
  readonly isTTY: boolean;
  readonly written: string[] = [];

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }

  fail(code: string): void {
    this.emit("error", Object.assign(new Error(code), { code }));
  }
}

test.each([
  ["EPIPE", false, []],
  ["ECONNRESET", false, []],
  ["EIO", true, []],
  ["EIO", false, ["EIO"]],
  ["ENOSPC", false, ["ENOSPC"]],
  ["ENOSPC", true, ["ENOSPC"]],
  ["EFBIG", false, ["EFBIG"]],
])(
  "after %s (a terminal: %s) nothing more is written, and %j is told once",
  (code, isTTY, told) => {
    const stream = new FakeStream(isTTY);
    const lost: string[] = [];
    const output = createOutput(stream as never, {}, ({ message }) => lost.push(message));
    output.line("first");
    expect(output.closed.aborted).toBe(false);
    stream.fail(code);
    stream.fail(code);
    output.line("second");
    expect(output.closed.aborted).toBe(true);
    expect(stream.written).toEqual(["first\n"]);
    expect(lost).toEqual(told);
  },
);

test.each([
  ["a terminal", true, {}, true],
  ["a terminal with NO_COLOR", true, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR, which is none", true, { NO_COLOR: "" }, true],
  ["a terminal with both, where NO_COLOR wins", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ["a terminal that can do nothing", true, { TERM: "dumb" }, false],
  ["a pipe", false, {}, false],
  ["a pipe with FORCE_COLOR", false, { FORCE_COLOR: "1" }, true],
  ["a pipe with FORCE_COLOR=0", false, { FORCE_COLOR: "0" }, false],
])("%s has color only where it should", (_where, isTerminal, env, color) => {
  expect(createOutput(new FakeStream(isTerminal), env, () => undefined).color).toBe(color);
});
