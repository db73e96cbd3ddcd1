import { expect, test } from "vitest";
import { errorsCheck, latencyCheck } from "./checks.ts";
import { weigh } from "./gate.ts";
import { GATE_RULES, type GateRules } from "./rules.ts";
import { joined, type Sample } from "./sample.ts";
import { drawn, type Shape, seeded, weighing } from "./testing/made-samples.ts";

/** How often, of so many rollouts with drawn answers (300 against 600), each verdict comes. */
function verdicts(rounds: number, seed: number, one: Partial<Shape>, other: Partial<Shape>) {
  const chance = seeded(seed);
  const counts = { good: 0, bad: 0, undecided: 0 };
  for (let i = 0; i < rounds; i++) {
    const newcomer = drawn(chance, one, "app1");
    const others = drawn(chance, { answers: 600, ...other }, "app2", "app3");
    counts[weigh(weighing({ newcomer, others })).verdict] += 1;
  }
  return counts;
}

const EMPTY: Sample = { names: [], ok: 0, failed: 0, latency: [] };

/** Without effect floors all that keeps a good newcomer from being called bad is the tests themselves. */
const BARE: GateRules = {
  ...GATE_RULES,
  errors: { difference: 0 },
  latency: GATE_RULES.latency.map(({ quantile }) => ({ quantile, ratio: 0, difference: 0 })),
};

test.each([
  ["no errors, a narrow spread", { sigma: 0.1 }],
  ["2 % errors, a wide spread", { errors: 0.02, sigma: 1.5 }],
  ["20 % errors", { errors: 0.2 }],
])("equal replicas are called bad no more often than alpha allows: %s", (_, shape) => {
  const rounds = 500;
  const { bad, undecided } = verdicts(rounds, 4, shape, shape);
  expect(undecided).toBe(0);
  expect(bad / rounds).toBeLessThanOrEqual(GATE_RULES.alpha);
});

test("each test alone keeps its alpha, and uses it: it is neither loose nor deaf", () => {
  const [rounds, alpha, chance] = [2000, 0.05, seeded(5)];
  const alarms = { errors: 0, p50: 0, p95: 0 };
  const [p50, p95] = BARE.latency as [GateRules["latency"][number], GateRules["latency"][number]];
  for (let i = 0; i < rounds; i++) {
    const one = drawn(chance, { errors: 0.1 });
    const other = drawn(chance, { errors: 0.1, answers: 600 });
    if (errorsCheck(one, other, BARE, alpha).worse) alarms.errors += 1;
    if (latencyCheck(one, other, p50, alpha).worse) alarms.p50 += 1;
    if (latencyCheck(one, other, p95, alpha).worse) alarms.p95 += 1;
  }
  const noise = 3 * Math.sqrt((alpha * (1 - alpha)) / rounds);
  for (const count of Object.values(alarms)) {
    expect(count / rounds).toBeLessThanOrEqual(alpha + noise);
    expect(count / rounds).toBeGreaterThan(alpha / 3);
  }
});

test("5 % errors are found in more than 99 of 100 rollouts", () => {
  expect(verdicts(1000, 6, { errors: 0.05 }, {}).bad).toBeGreaterThan(990);
});

test.each([0.1, 0.5, 1])("three times the latency is found, at a spread of %d", (sigma) => {
  expect(verdicts(200, 7, { median: 30_000, sigma }, { sigma }).bad).toBeGreaterThan(198);
});

test.each([0.1, 0.5])(
  "1.05 times the latency never takes a release back, at a spread of %d",
  (sigma) => {
    expect(verdicts(500, 8, { median: 10_500, sigma }, { sigma }).bad).toBe(0);
  },
);

test("half a percentage point is too small a difference, however many answers make it sure", () => {
  const side = (failed: number): Sample => ({ ...EMPTY, ok: 40_000 - failed, failed });
  const isWorse = (rules: GateRules) =>
    errorsCheck(side(1000), side(800), rules, GATE_RULES.alpha).worse;
  expect(isWorse(BARE)).toBe(true);
  expect(isWorse(GATE_RULES)).toBe(false);
});

test("looking at every twentieth answer until it is bad breaks alpha: one look keeps it", () => {
  const [rounds, chance] = [400, seeded(10)];
  let [once, ever] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const looks: boolean[] = [];
    let [one, other] = [EMPTY, EMPTY];
    for (let look = 0; look < 30; look++) {
      one = joined([one, drawn(chance, { errors: 0.2, answers: 10, sigma: 0 })]);
      other = joined([other, drawn(chance, { errors: 0.2, answers: 20, sigma: 0 })]);
      looks.push(errorsCheck(one, other, BARE, 0.05).worse);
    }
    if (looks.at(-1)) once += 1;
    if (looks.includes(true)) ever += 1;
  }
  expect(once / rounds).toBeLessThan(0.08);
  expect(ever / rounds).toBeGreaterThan(0.1);
});
