import { describe, expect, test } from "vitest";
import { createPushStream } from "./push-stream.ts";

async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function create(longest?: number) {
  const controller = new AbortController();
  let ends = 0;
  const stream = createPushStream<number>(controller.signal, () => ends++, longest);
  return { controller, stream, ends: () => ends };
}

describe("a push stream", () => {
  test("gives what was pushed before and while it is read, and then ends", async () => {
    const { stream, ends } = create();
    stream.push(1);
    const reading = drain(stream);
    await Promise.resolve();
    stream.push(2);
    stream.end();
    stream.push(3);
    expect(await reading).toEqual([1, 2]);
    expect(ends()).toBe(1);
  });

  test("ends at once when the signal aborts, and drops what is queued", async () => {
    const { stream, controller, ends } = create();
    stream.push(1);
    controller.abort();
    expect(await drain(stream)).toEqual([]);
    expect(ends()).toBe(1);
  });

  test("is over from the start under an aborted signal", async () => {
    let ends = 0;
    const stream = createPushStream<number>(AbortSignal.abort(), () => ends++);
    stream.push(1);
    expect(await drain(stream)).toEqual([]);
    expect(ends).toBe(1);
  });

  test("throws what it failed with after what was pushed before", async () => {
    const { stream } = create();
    const seen: number[] = [];
    stream.push(1);
    stream.fail(new Error("gone"));
    const reading = (async () => {
      for await (const item of stream) seen.push(item);
    })();
    await expect(reading).rejects.toThrow("gone");
    expect(seen).toEqual([1]);
  });

  test("tells its source when the reader leaves early", async () => {
    const { stream, ends } = create();
    stream.push(1);
    for await (const _item of stream) break;
    expect(ends()).toBe(1);
  });

  test("drops the oldest when the reader is too far behind", async () => {
    const { stream } = create(2);
    for (const item of [1, 2, 3, 4]) stream.push(item);
    stream.end();
    expect(await drain(stream)).toEqual([3, 4]);
  });
});
