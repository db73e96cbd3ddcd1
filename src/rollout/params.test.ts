import { expect, test } from "vitest";
import { params } from "./params.ts";

test("what is not said has its default", () => {
  expect(params.parse({ to: "v2" })).toEqual({
    to: "v2",
    strategy: "auto",
    gate: "compare",
    "min-in-service": 2000,
    observe: 5000,
    samples: 300,
    deadline: 60_000,
    "allow-downtime": false,
  });
});

test.each([
  ["to", { to: "v2" }],
  ["image", { image: "shop:2" }],
  ["build", { build: true }],
  ["back", { back: true }],
])("%s alone says where it goes", (_, given) => {
  expect(params.parse(given)).toMatchObject(given);
});

test.each([
  ["nothing", {}, "", "expected one of to, image, build and back; got none"],
  [
    "two ways",
    { to: "v2", image: "i" },
    "",
    "expected one of to, image, build and back; got to and image",
  ],
  [
    "all ways",
    { to: "v2", image: "i", build: true, back: true },
    "",
    "got to and image and build and back",
  ],
  ["a build that is not to be", { build: false }, "build", "expected true"],
  ["a way back that is none", { back: false }, "back", "expected true"],
  ["a version that is a number", { to: 2 }, "to", "expected string"],
  ["a strategy that nobody knows", { to: "v2", strategy: "canary" }, "strategy", "auto"],
  ["a gate that nobody knows", { to: "v2", gate: "none" }, "gate", "compare"],
  ["too few samples", { to: "v2", samples: 19 }, "samples", ">=20"],
  ["half a sample", { to: "v2", samples: 20.5 }, "samples", "int"],
  ["too many samples", { to: "v2", samples: 1_000_001 }, "samples", "<=1000000"],
  ["a duration without a unit", { to: "v2", observe: 5 }, "observe", "unit"],
  ["a duration that is none", { to: "v2", deadline: "abc" }, "deadline", "abc"],
  ["a deadline that is too short", { to: "v2", deadline: "999ms" }, "deadline", "1s"],
  ["a deadline that is too long", { to: "v2", deadline: "25h" }, "deadline", ""],
  ["a service that is too long", { to: "v2", "min-in-service": "61m" }, "min-in-service", ""],
  ["a word for downtime", { to: "v2", "allow-downtime": "yes" }, "allow-downtime", "boolean"],
  ["a key that nobody knows", { to: "v2", starategy: "surge" }, "", "starategy"],
])("%s is refused where it stands", (_, given, path, message) => {
  const { success, error } = params.safeParse(given);
  expect(success).toBe(false);
  expect(error?.issues).toHaveLength(1);
  expect(error?.issues[0]?.path.join(".")).toBe(path);
  expect(error?.issues[0]?.message).toContain(message);
});
