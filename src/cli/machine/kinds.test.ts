import { expect, test } from "vitest";
import { kinds } from "../kinds.ts";
import { checkKinds } from "./kinds.ts";

const CAN = {
  lifecycle: true,
  crash: true,
  exec: true,
  inside: true,
  releases: true,
  members: true,
} as const;
const NO_CRASH = { no: "the site forbids it", hint: "use kill" };

test("with every power every kind can be played", () => {
  const [check] = checkKinds([{ engine: "docker", can: CAN }], kinds);
  expect(check).toMatchObject({ status: "ok", what: "steps on docker", refused: [], hint: null });
  expect(check?.playable).toEqual(kinds.map(({ name }) => name));
});

test("a kind that needs a lacking power is refused, with the reason, and no other is", () => {
  const [check] = checkKinds([{ engine: "docker", can: { ...CAN, crash: NO_CRASH } }], kinds);
  expect(check).toMatchObject({
    status: "warning",
    refused: [{ kind: "crash", power: "crash", ...NO_CRASH }],
    hint: expect.stringContaining("if-unsupported: skip"),
  });
  expect(check?.says).toMatch(/^refused: crash \(needs crash\); playable: kill, /);
  expect(check?.playable).toHaveLength(kinds.length - 1);
});

test("an engine that cannot work is not asked", () => {
  const engines = [
    { engine: "process", can: CAN },
    { engine: "docker", can: null },
  ];
  expect(checkKinds(engines, kinds).map(({ engine }) => engine)).toEqual(["process"]);
});
