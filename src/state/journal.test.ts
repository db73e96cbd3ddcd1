import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalHeader, NoteRecord } from "../model/journal.ts";
import { createJournal, readJournal } from "./journal.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-journal-"));
  path = join(directory, "journal.ndjson");
});
afterEach(() => rmSync(directory, { recursive: true }));

const header = { journal: 1, run: "r1", project: "shop" } as unknown as JournalHeader;
const note = (t: number, text = ""): NoteRecord => ({
  type: "note",
  t,
  step: null,
  stage: "stack",
  facts: { text },
});

describe("a journal that was closed", () => {
  test("reads back as it was written", async () => {
    const journal = createJournal(path, header);
    const records = [note(1), note(2, "two\r\nlines\u2028and\u2029more, ü 日本 \u0000"), note(3)];
    for (const record of records) journal.write(record);
    await journal.close();
    await journal.close();
    expect(journal.failure).toBeNull();
    expect(await readJournal(path)).toEqual({ header, records, torn: false, skipped: 0 });
  });

  test("takes nothing more, and says nothing about it", async () => {
    const journal = createJournal(path, header);
    await journal.close();
    journal.write(note(1));
    expect(journal.failure).toBeNull();
    expect((await readJournal(path)).records).toEqual([]);
  });

  test("of many read buffers with characters of several bytes at their edges is whole", async () => {
    const journal = createJournal(path, header);
    const records = Array.from({ length: 3000 }, (_, t) => note(t, "日本語".repeat(t % 97)));
    for (const record of records) journal.write(record);
    await journal.close();
    expect((await readJournal(path)).records).toEqual(records);
  });
});

describe("a journal that was cut short", () => {
  test("at any byte of its last line loses that record only, and says so", async () => {
    const journal = createJournal(path, header);
    journal.write(note(1));
    journal.write(note(2, "ü"));
    await journal.close();
    const whole = readFileSync(path);
    const kept = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let size = kept; size < whole.length; size++) {
      truncateSync(path, 0);
      writeFileSync(path, whole.subarray(0, size));
      const { records, torn, skipped } = await readJournal(path);
      const complete = size === whole.length - 1;
      expect(records.map(({ t }) => t)).toEqual(complete ? [1, 2] : [1]);
      expect(torn).toBe(!complete && size > kept);
      expect(skipped).toBe(0);
    }
  });

  test.each(["", '{"journal":1,"ru'])("before its header was whole (%j) is none", async (text) => {
    writeFileSync(path, text);
    await expect(readJournal(path)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("lines that this version does not know", () => {
  test("are skipped and counted, without losing the others", async () => {
    const lines = [header, note(1), { type: "teleport", t: 2 }, note(3)].map((x) =>
      JSON.stringify(x),
    );
    lines.splice(2, 0, '{"type":"no', "null", '{"type":"note"}', '{"type":"toString","t":1}');
    writeFileSync(path, `${lines.join("\n")}\n`);
    const { records, skipped, torn } = await readJournal(path);
    expect(records).toEqual([note(1), note(3)]);
    expect(skipped).toBe(5);
    expect(torn).toBe(false);
  });

  test("of a later minor version are read, of a later major one refused with what to do", async () => {
    writeFileSync(path, '{"journal":1.7}\n');
    expect((await readJournal(path)).records).toEqual([]);
    writeFileSync(path, '{"journal":2}\n');
    await expect(readJournal(path)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("version 2; this aegis reads up to 1"),
      hint: expect.stringContaining("later"),
    });
  });

  test.each(["hello\n", "[]\n", "null\n", '{"journal":"1"}\n'])(
    "%j is no journal",
    async (text) => {
      writeFileSync(path, text);
      await expect(readJournal(path)).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("not the journal of a run"),
      });
    },
  );
});

test("a file that is not there, or a directory, is bad input", async () => {
  await expect(readJournal(path)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(readJournal(directory)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

test("a journal never overwrites another", async () => {
  appendFileSync(path, "mine");
  expect(() => createJournal(path, header)).toThrow(
    expect.objectContaining({ code: "ENVIRONMENT", hint: expect.stringContaining("--out") }),
  );
  expect(readFileSync(path, "utf8")).toBe("mine");
});

describe("a subscriber", () => {
  test("hears what is written after it came and until it leaves, in order, and never inside write", async () => {
    const journal = createJournal(path, header);
    const heard: number[] = [];
    journal.write(note(1));
    const leave = journal.subscribe(({ t }, missed) => void heard.push(t, missed));
    journal.write(note(2));
    journal.write(note(3));
    expect(heard).toEqual([]);
    await journal.close();
    expect(heard).toEqual([2, 0, 3, 0]);
    leave();
    journal.write(note(4));
    await new Promise(setImmediate);
    expect(heard).toHaveLength(4);
  });

  test("that is slow loses the oldest, learns how many, and holds up nobody", async () => {
    const journal = createJournal(path, header);
    const heard: [number, number][] = [];
    const quick: number[] = [];
    let release = (): void => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    journal.subscribe(async ({ t }, missed) => {
      heard.push([t, missed]);
      await first;
    }, 3);
    journal.subscribe(({ t }) => void quick.push(t));
    journal.write(note(1));
    await new Promise(setImmediate);
    for (let t = 2; t <= 10; t++) journal.write(note(t));
    await journal.close();
    expect(heard).toEqual([[1, 0]]);
    expect(quick).toHaveLength(10);
    release();
    await new Promise(setImmediate);
    expect(heard).toEqual([
      [1, 0],
      [8, 6],
      [9, 0],
      [10, 0],
    ]);
    expect((await readJournal(path)).records).toHaveLength(10);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("broken pipe");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("broken pipe");
      },
    ],
  ])("that %s is dropped", async (_, fail) => {
    const journal = createJournal(path, header);
    let calls = 0;
    journal.subscribe(() => {
      calls += 1;
      return fail();
    });
    journal.write(note(1));
    journal.write(note(2));
    await journal.close();
    journal.write(note(3));
    await new Promise(setImmediate);
    expect(calls).toBe(1);
    expect(journal.failure).toBeNull();
  });
});
