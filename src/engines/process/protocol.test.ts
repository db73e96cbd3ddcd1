import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { AegisError } from "../../kit/errors.ts";
import { fromWireError, GoneError, goneError, readMessages, toWireError } from "./protocol.ts";

function read(
  chunks: readonly (string | Buffer)[],
): Promise<{ messages: unknown[]; error: Error | null }> {
  const source = new PassThrough();
  const messages: unknown[] = [];
  readMessages(source, (message) => messages.push(message));
  return new Promise((resolve) => {
    source.once("error", (error) => resolve({ messages, error }));
    source.once("end", () => resolve({ messages, error: null }));
    for (const chunk of chunks) source.write(chunk);
    source.end();
  });
}

describe("messages", () => {
  test("are lines of JSON, however they are cut", async () => {
    const bytes = Buffer.from('{"a":"€"}\n{"b":2}\n');
    const chunks = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    expect(await read(chunks)).toEqual({ messages: [{ a: "€" }, { b: 2 }], error: null });
  });

  test("that are none end the conversation", async () => {
    const { messages, error } = await read(['{"a":1}\n', "GET / HTTP/1.1\r\n"]);
    expect(messages).toEqual([{ a: 1 }]);
    expect(error?.message).toContain("not our protocol");
  });
});

describe("errors on the wire", () => {
  test("keep code, message and hint", () => {
    const error = fromWireError(toWireError(new AegisError("ENVIRONMENT", "no", { hint: "do" })));
    expect(error).toBeInstanceOf(AegisError);
    expect(error).toMatchObject({ code: "ENVIRONMENT", message: "no", hint: "do" });
  });

  test("stay told apart when they say that the supervisor is going", () => {
    const error = fromWireError(toWireError(goneError("shop")));
    expect(error).toBeInstanceOf(GoneError);
    expect(error).toMatchObject({ code: "ENVIRONMENT", message: goneError("shop").message });
    const other = fromWireError(toWireError(new AegisError("ENVIRONMENT", "no")));
    expect(other).not.toBeInstanceOf(GoneError);
  });

  test("that are bugs stay bugs", () => {
    const error = fromWireError(toWireError(new TypeError("oops")));
    expect(error).not.toBeInstanceOf(AegisError);
    expect(error.message).toContain("oops");
  });
});
