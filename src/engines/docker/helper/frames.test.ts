import { expect, test } from "vitest";
import { frameReader } from "./frames.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const all = Buffer.concat([frame(1, "one\n"), frame(2, "oh é"), frame(1, ""), frame(1, "two\n")]);

test.each([1, 3, 7, 8, 9, 13, all.length])("frames are found in chunks of %i bytes", (size) => {
  const found: string[] = [];
  const read = frameReader((kind, content) => found.push(`${kind}: ${content}`));
  for (let at = 0; at < all.length; at += size) read(all.subarray(at, at + size));
  expect(found).toEqual(["stdout: one\n", "stderr: oh é", "stdout: ", "stdout: two\n"]);
});
