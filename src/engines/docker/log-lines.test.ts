import { expect, test } from "vitest";
import { logReader } from "./log-lines.ts";

const STAMPS = ["2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:00.000000002Z"] as const;

function frame(stream: 1 | 2, stamp: string, text: string): Buffer {
  const content = Buffer.from(`${stamp} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function readAll(isTty: boolean, after: string | null, chunks: readonly Buffer[]) {
  const lines: string[] = [];
  const reader = logReader(isTty, after, (stream, text) => lines.push(`${stream}: ${text}`));
  for (const chunk of chunks) reader.read(chunk);
  reader.end();
  return { lines, last: reader.last };
}

test("streams are told apart, and entries cut anywhere are put together", () => {
  const whole = Buffer.concat([frame(1, STAMPS[0], "grüße\n"), frame(2, STAMPS[1], "oops\n")]);
  const bytes = [...whole].map((byte) => Buffer.from([byte]));
  const expected = { lines: ["stdout: grüße", "stderr: oops"], last: STAMPS[1] };
  expect(readAll(false, null, [whole])).toEqual(expected);
  expect(readAll(false, null, bytes)).toEqual(expected);
});

test("a long line that Docker keeps in several entries is one line", () => {
  const chunks = [frame(1, STAMPS[0], "abc"), frame(1, STAMPS[1], "def\n")];
  expect(readAll(false, null, chunks).lines).toEqual(["stdout: abcdef"]);
});

test("a last line without an end is a line", () => {
  expect(readAll(false, null, [frame(1, STAMPS[0], "bye")]).lines).toEqual(["stdout: bye"]);
});

test("what has been read is passed over when the log is asked for again", () => {
  const chunks = [frame(1, STAMPS[0], "old\n"), frame(1, STAMPS[1], "new\n")];
  expect(readAll(false, STAMPS[0], chunks).lines).toEqual(["stdout: new"]);
});

test("a terminal's log has no frames, and its lines end as on a terminal", () => {
  const text = `${STAMPS[0]} one\r\n${STAMPS[1]} two`;
  const { lines, last } = readAll(true, null, [Buffer.from(text)]);
  expect(lines).toEqual(["stdout: one", "stdout: two"]);
  expect(last).toBe(STAMPS[1]);
});
