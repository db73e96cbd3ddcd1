import { expect, test } from "vitest";
import { perTarget } from "./per-target.ts";

/** Each item is its targets, as letters; `slow` ones end only when all others have. */
async function courseOf(items: readonly string[], slow: readonly string[]): Promise<string[]> {
  const said: string[] = [];
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const all = perTarget(
    items,
    (item) => item.replace(/\d/, "").split(""),
    async (item) => {
      said.push(`${item} begins`);
      if (slow.includes(item)) await gate;
      said.push(`${item} ends`);
    },
  );
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  open();
  await all;
  return said;
}

test("what takes long on one target holds up no other", async () => {
  const said = await courseOf(["a", "b"], ["a"]);
  expect(said).toEqual(["a begins", "b begins", "b ends", "a ends"]);
});

test("on one target everything happens in its order", async () => {
  const said = await courseOf(["a2", "b", "a1"], ["a2"]);
  expect(said).toEqual([
    ...["a2 begins", "b begins", "b ends", "a2 ends"],
    ...["a1 begins", "a1 ends"],
  ]);
});

test("what is about several targets waits for each of them, and is waited for on each", async () => {
  const said = await courseOf(["a", "b", "ab", "b1"], ["a"]);
  expect(said).toEqual([
    ...["a begins", "b begins", "b ends", "a ends"],
    ...["ab begins", "ab ends", "b1 begins", "b1 ends"],
  ]);
});

test("a failure keeps nothing else from being done, and comes once nothing is under way", async () => {
  const done: string[] = [];
  const all = perTarget(
    ["a2", "a1", "b"],
    (item) => [item.charAt(0)],
    async (item) => {
      if (item === "a2") throw new Error("not a2");
      done.push(item);
    },
  );
  await expect(all).rejects.toThrow("not a2");
  expect(done.sort()).toEqual(["a1", "b"]);
});
