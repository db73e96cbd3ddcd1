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

/** Powers whose commands exit as told, and which note what was run. */
function powersOf(exits: Record<string, number>, state: Replica["state"] = "running") {
  const ran: [string, number][] = [];
  const lifecycle = { stateOf: async () => ({ state }) } as unknown as Lifecycle;
  const powers: Powers = {
    lifecycle,
    crash: { crash: async () => {} },
    exec: {
      run: async (_target, command, timeoutMs) => {
        const text = command.join(" ");
        ran.push([text, timeoutMs]);
        const stderr = "one\ntwo\nthree\nno space left\n";
        return { exitCode: exits[text] ?? 0, stdout: "", stderr };
      },
    },
    inside: noInside,
    releases: noReleases,
    members: noMembers,
  };
  return { powers, ran };
}

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
