import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AegisError } from "../kit/errors.ts";
import { type Guard, refuseForbidden, refuseUnasked } from "./guard.ts";

let world: { readonly stateHome: string; readonly cwd: string };

beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), "aegis-guard-"));
  world = { stateHome: join(home, "state"), cwd: join(home, "work") };
  mkdirSync(world.stateHome);
  mkdirSync(join(world.cwd, ".aegis"), { recursive: true });
});
afterEach(() => rmSync(join(world.stateHome, ".."), { recursive: true }));

const guard: Guard = {
  harms: true,
  allowed: [],
  again: (...words) => ["aegis chaos run", ...words].join(" "),
};
const ours = { project: "shop", foreign: false, remote: null };

function refusal(work: () => void): AegisError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AegisError) return thrown;
    throw thrown;
  }
  throw new Error("it was not refused");
}

test("what is ours and on this machine needs no leave", () => {
  expect(() => refuseUnasked(ours, guard)).not.toThrow();
});

test.each([
  [{ foreign: true }, "aegis did not start project shop"],
  [{ remote: "build7" }, "project shop runs on another machine, build7"],
  [
    { foreign: true, remote: "build7" },
    "aegis did not start project shop, and project shop runs on another machine, build7",
  ],
])("%j needs leave by name, and the command that gives it is told", (change, reason) => {
  const victim = { ...ours, ...change };
  const error = refusal(() => refuseUnasked(victim, guard));
  expect(error.code).toBe("INVALID_INPUT");
  expect(error.message).toContain(reason);
  expect(error.hint).toContain("aegis chaos run --allow shop");
  expect(() => refuseUnasked(victim, { ...guard, allowed: ["shop"] })).not.toThrow();
});

test("leave is for one project, by its whole name", () => {
  const allowed = ["shop2", "sho", "*", "SHOP", ""];
  expect(() => refuseUnasked({ ...ours, foreign: true }, { ...guard, allowed })).toThrow();
});

test("nothing forbidden is nothing refused", () => {
  expect(() => refuseForbidden(world, "shop")).not.toThrow();
});

test("a denied project is told with the line that denies it, and that leave does not help", () => {
  const list = join(world.stateHome, "deny");
  writeFileSync(list, "# never\nsho*\n");
  const error = refusal(() => refuseForbidden(world, "shop"));
  expect(error.code).toBe("INVALID_INPUT");
  expect(error.message).toContain(`${list}:2 ("sho*")`);
  expect(error.hint).toContain("--allow does not lift this");
  expect(() => refuseForbidden(world, "billing")).not.toThrow();
});

test.each([
  ["of this user", () => join(world.stateHome, "STOP")],
  ["of this directory", () => join(world.cwd, ".aegis", "STOP")],
])("a STOP file %s stops everything, and is told with how to lift it", (_, place) => {
  writeFileSync(place(), "");
  const error = refusal(() => refuseForbidden(world, "shop"));
  expect(error.code).toBe("ENVIRONMENT");
  expect(error.message).toContain(place());
  expect(error.hint).toContain(`rm ${place()}`);
});
