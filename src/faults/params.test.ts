import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../kit/world.ts";
import { exec } from "./exec.ts";
import { kinds } from "./index.ts";
import { wordsOf } from "./params.ts";

describe("a command line is split into words as a shell would, and nothing else is done to it", () => {
  test.each<[string, string[] | null]>([
    ["touch a b", ["touch", "a", "b"]],
    ["  sh\t-c \n 'exit 3' ", ["sh", "-c", "exit 3"]],
    ['sh -c "echo \\"hi\\" $HOME"', ["sh", "-c", 'echo "hi" $HOME']],
    ["a'b c'\"d e\"f", ["ab cd ef"]],
    ["printf '' \"\"", ["printf", "", ""]],
    ["a\\ b *.txt | cat > x", ["a b", "*.txt", "|", "cat", ">", "x"]],
    ["", []],
    ["sh -c 'exit 3", null],
    ['say "hi', null],
    ["trailing\\", null],
  ])("%j", (text, words) => expect(wordsOf(text)).toEqual(words));
});

describe("parameters of exec", () => {
  test("are words and milliseconds once parsed", () => {
    expect(exec.params.parse(exec.example)).toEqual({
      run: ["touch", "maintenance.flag"],
      verify: ["test", "-e", "maintenance.flag"],
      undo: ["rm", "-f", "maintenance.flag"],
      timeout: 5000,
    });
    expect(exec.params.parse({ run: ["true"] })).toEqual({ run: ["true"], timeout: 10_000 });
  });

  test.each<[Json, string]>([
    [{}, "expected a command"],
    [{ run: [] }, "expected a command"],
    [{ run: "" }, "expected a command; got an empty text"],
    [{ run: "sh -c 'x" }, "every quote to be closed"],
    [{ run: "true", timeout: "5" }, 'a duration with its unit, such as 10s or 250ms; got "5"'],
    [{ run: "true", timeout: 5 }, "expected a duration with its unit"],
    [{ run: "true", timeout: "2h" }, "expected 1ms to 10m00s; got 2h"],
    [{ run: "true", timeout: "0s" }, "expected 1ms to 10m00s; got 0s"],
    [{ run: "true", comand: "x" }, "comand"],
  ])("%j are refused", (given, message) => {
    expect(JSON.stringify(exec.params.safeParse(given).error?.issues)).toContain(
      JSON.stringify(message).slice(1, -1),
    );
  });

  test("with undo make it held and reversible, without it is instant and irreversible", () => {
    const undoable = exec.params.parse({ run: "a", undo: "b" }) as Json;
    const not = exec.params.parse({ run: "a" }) as Json;
    expect([exec.holds(undoable), exec.irreversible(undoable)]).toEqual([true, false]);
    expect([exec.holds(not), exec.irreversible(not)]).toEqual([false, true]);
  });
});

describe.each(kinds)("$name", (kind) => {
  test("has an example that its parameters accept, and refuses keys that it does not know", () => {
    expect(kind.params.safeParse(kind.example).success).toBe(true);
    expect(kind.params.safeParse({ ...(kind.example as object), typo: 1 }).success).toBe(false);
  });

  test("has a schema for editors", () => {
    const schema = z.toJSONSchema(kind.params, { io: "input" });
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
  });

  test("has parameters that survive JSON", () => {
    const params = kind.params.parse(kind.example);
    expect(JSON.parse(JSON.stringify(params))).toEqual(params);
  });
});
