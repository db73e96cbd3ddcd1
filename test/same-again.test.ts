import { expect, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Each step when the one before has recovered, so that a slow machine makes the same choices. */
const CHAIN = `version: 1
name: a chain of harm
traffic: { main: { url: http://balancer/, rate: 50/s, timeout: 5s } }
phases: { warmup: 300ms, baseline: 500ms, recovery: 300ms }
steady: { checks: [main.success >= 20%] }
steps:
  - { id: one, do: crash, target: { service: app }, at: 0s }
  - { id: two, do: pause, target: { service: app }, when: one recovered, for: 200ms }
  - { id: three, do: kill, target: { service: app, pick: all-but-1 }, when: two recovered, for: 200ms }
  - { id: four, do: crash, target: { service: app, pick: 2 }, when: three recovered }
  - { id: five, do: stop, target: { service: app }, when: four recovered, for: 200ms }
assert:
  - recovery of every step <= 60s
`;

/** Every injection of a run with this seed, in order, with its target. */
async function injections(person: Person, seed: number): Promise<string[]> {
  const scenario = person.write("s.yaml", CHAIN);
  const { code, stdout, stderr } = await person.run(
    ...["chaos", "run", scenario, "--seed", String(seed)],
  );
  expect(code, stderr + stdout).toBe(0);
  return person
    .journal()
    .filter(({ type, stage }) => type === "injection" && stage === "applying")
    .map(({ injection, target }) => `${injection} ${(target as { name: string }).name}`);
}

test("the same seed harms the same replicas in the same order, another seed others", async (context) => {
  const [first, again, other] = await Promise.all(
    [7, 7, 8].map((seed) => injections(visit(context), seed)),
  );
  expect(first).toHaveLength(7);
  expect(again).toEqual(first);
  expect(other).toHaveLength(7);
  expect(other).not.toEqual(first);
});

test("a stored run judged twenty times gives the same bytes, and the same exit code", async (context) => {
  const person = visit(context);
  const scenario = person.write("s.yaml", CHAIN.replace("<= 60s", "<= 1ms"));
  const { code } = await person.run("chaos", "run", scenario);
  expect(code).toBe(1);
  const said = new Set<string>();
  for (let batch = 0; batch < 5; batch++) {
    const four = Array.from({ length: 4 }, () => person.run("judge", "latest", "--json"));
    for (const judged of await Promise.all(four)) {
      expect(judged.code).toBe(1);
      said.add(judged.stdout);
    }
  }
  expect(said.size).toBe(1);
  expect(JSON.parse([...said][0] as string)).toMatchObject({ verdict: "fail" });
});
