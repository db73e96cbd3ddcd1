import { expect, test } from "vitest";
import { noInside } from "../engines/no-inside.ts";
import { noMembers, noReleases } from "../engines/no-members.ts";
import type { Json } from "../kit/world.ts";
import type { Lifecycle, Powers } from "../model/powers.ts";
import type { Replica } from "../model/replica.ts";
import { exec } from "./exec.ts";

const target = { key: "app1", service: "app", name: "app1", instance: "100" };
const hold = { lease: "l", injection: "full#1" };
const params = exec.params.parse({
  run: "fill disk",
  undo: "drain disk",
  verify: "full?",
  timeout: "3s",
}) as Json;

const harm = { run: ["fill", "disk"], undo: ["drain", "disk"], timeoutMs: 3000 };

/** Powers whose commands exit as told, and which note what was run, and in `order` also what was held and freed. */
function powersOf(exits: Record<string, number>, state: Replica["state"] = "running") {
  const ran: [string, number][] = [];
  const order: unknown[] = [];
  const lifecycle = { stateOf: async () => ({ state }) } as unknown as Lifecycle;
  const powers: Powers = {
    lifecycle,
    crash: { crash: async () => {} },
    exec: {
      run: async (_target, command, timeoutMs) => {
        const text = command.join(" ");
        ran.push([text, timeoutMs]);
        order.push(text);
        const stderr = "one\ntwo\nthree\nno space left\n";
        return { exitCode: exits[text] ?? 0, stdout: "", stderr };
      },
      hold: async (...held) => void order.push({ held }),
      free: async (...freed) => void order.push({ freed }),
    },
    inside: noInside,
    releases: noReleases,
    members: noMembers,
  };
  return { powers, ran, order };
}

test("its undo is held before anything is run, and freed when it has been run", async () => {
  const { powers, order } = powersOf({});
  await exec.apply(powers, target, params, hold);
  expect(order).toEqual([{ held: [target, harm, hold] }, "fill disk", "full?"]);
  order.length = 0;
  await exec.revert(powers, target, params, null);
  expect(order).toEqual(["drain disk", { freed: [target, harm] }]);
});

test("nothing is run when the undo cannot be held", async () => {
  const { powers, ran } = powersOf({});
  const refusing = { ...powers, exec: { ...powers.exec, hold: () => Promise.reject("ended") } };
  await expect(exec.apply(refusing, target, params, hold)).rejects.toBe("ended");
  expect(ran).toEqual([]);
});

test("an undo that fails stays held; of a target that is gone it is freed", async () => {
  const ill = powersOf({ "drain disk": 1 });
  await exec.revert(ill.powers, target, params, null).catch(() => undefined);
  expect(ill.order).toEqual(["drain disk"]);
  const gone = powersOf({}, "removed");
  await exec.revert(gone.powers, target, params, null);
  expect(gone.order).toEqual([{ freed: [target, harm] }]);
});

test("without undo nothing is held", async () => {
  const { powers, order } = powersOf({});
  await exec.apply(powers, target, exec.params.parse({ run: "fill disk" }) as Json, hold);
  expect(order).toEqual(["fill disk"]);
});

test("runs the command, then what verifies it, each within the timeout", async () => {
  const { powers, ran } = powersOf({});
  const applied = await exec.apply(powers, target, params, hold);
  expect(ran).toEqual([
    ["fill disk", 3000],
    ["full?", 3000],
  ]);
  expect(exec.proof({ events: [], applied, target })).toBe(true);
});

test("a command that fails is not applied, and says what it said last", async () => {
  const { powers, ran } = powersOf({ "fill disk": 28 });
  await expect(exec.apply(powers, target, params, hold)).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: "`fill disk` on app1 exited 28: two\nthree\nno space left",
    hint: expect.stringContaining("3s"),
  });
  expect(ran).toHaveLength(1);
});

test("a verify that fails leaves it applied and not proven", async () => {
  const { powers } = powersOf({ "full?": 1 });
  const applied = await exec.apply(powers, target, params, hold);
  expect(exec.proof({ events: [], applied, target })).toBe(false);
});

test("undo is run, and its failure is the revert's", async () => {
  const well = powersOf({});
  await exec.revert(well.powers, target, params, null);
  expect(well.ran).toEqual([["drain disk", 3000]]);
  const ill = powersOf({ "drain disk": 1 });
  await expect(exec.revert(ill.powers, target, params, null)).rejects.toThrow("drain disk");
});

test("nothing is undone without undo, nor on a target that is gone", async () => {
  const there = powersOf({});
  await exec.revert(there.powers, target, exec.params.parse({ run: "fill disk" }) as Json, null);
  const gone = powersOf({}, "removed");
  await exec.revert(gone.powers, target, params, null);
  expect([...there.ran, ...gone.ran]).toEqual([]);
});

test("a target that is gone is refused before anything is run", async () => {
  const { powers, ran } = powersOf({}, "removed");
  await expect(exec.prepare(powers, target, params)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  expect(ran).toEqual([]);
});
