import { describe, expect, test } from "vitest";
import { configOf, type KernelFacts, NOTHING_KNOWN } from "./kernel.ts";
import { netemOf } from "./netem.ts";

const tc = (status: number, said = "") => ({ tc: { status, said } });
const kernel = (facts: Partial<KernelFacts>): KernelFacts => ({ ...NOTHING_KNOWN, ...facts });

describe("netem", () => {
  test.each([
    ["tc has set one up, whatever else is said", tc(0), kernel({ config: "n" }), "yes"],
    [
      "tc knows no such queue",
      tc(2, "Error: Specified qdisc kind is unknown.\n"),
      kernel({}),
      "no",
    ],
    [
      "tc may not, but the module is loaded",
      tc(2, "Operation not permitted"),
      kernel({ loaded: true }),
      "yes",
    ],
    ["it is built into the kernel", null, kernel({ config: "y" }), "yes"],
    ["the kernel was built without it", null, kernel({ config: "n" }), "no"],
    ["it is a module that is there", null, kernel({ config: "m", installed: true }), "yes"],
    ["it is a module that is missing", null, kernel({ config: "m", installed: false }), "no"],
    ["it is a module, and none can be seen", null, kernel({ config: "m" }), "not known"],
    ["nothing says anything", { tc: null }, NOTHING_KNOWN, "not known"],
  ] as const)("%s", (_, evidence, facts, is) => {
    expect(netemOf(evidence, facts).is).toBe(is);
  });
});

test.each([
  ["CONFIG_NET_SCH_NETEM=y\n", "y"],
  ["CONFIG_A=y\nCONFIG_NET_SCH_NETEM=m\nCONFIG_B=y\n", "m"],
  ["# CONFIG_NET_SCH_NETEM is not set\n", "n"],
  ["CONFIG_A=y\n", "n"],
  [null, null],
])("a kernel configured with %j says %j", (text, expected) => {
  expect(configOf(text)).toBe(expected);
});
