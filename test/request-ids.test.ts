import { expect, test, vi } from "vitest";
import { type JournalLine, type Person, visit } from "./aegis.ts";

vi.setConfig({ testTimeout: 120_000 });

const TRAFFIC = `
  main: { url: http://balancer/, rate: 100/s, timeout: 5s, fresh: 10% }
  orders: { url: http://balancer/orders, method: POST, rate: 30/s, timeout: 5s, body: '{"id":"\${request.id}"}' }
`;

function scenario(steps: string, assert: string): string {
  return `version: 1
name: request ids
traffic: ${TRAFFIC}
phases: { warmup: 500ms, baseline: 1s, chaos: 2s, recovery: 1s }
steady: { checks: [main.success >= 50%] }
${steps}
assert:
  - ${assert}
`;
}

/** Every id that the tester has sent, as the journal counts them, and those that were not answered well. */
function sentIn(
  journal: readonly JournalLine[],
  run: string,
): { sent: string[]; failed: string[] } {
  const sent = ["main", "orders"].flatMap((traffic) => {
    const buckets = journal.filter(
      (line) => line["type"] === "bucket" && line["traffic"] === traffic,
    );
    const count = buckets.reduce((sum, bucket) => sum + (bucket["sent"] as number), 0);
    return Array.from({ length: count }, (_, n) => `${run}-${traffic}-${n}`);
  });
  const samples = journal.filter(({ type }) => type === "sample");
  expect(samples.filter(({ left }) => left !== 0)).toEqual([]);
  return { sent: sent.sort(), failed: samples.map(({ id }) => id as string) };
}

/** The ids in the request lines, or the order lines, of a service's logs. */
async function logged(person: Person, service: string, word = "request"): Promise<string[]> {
  const { stdout, code } = await person.run("logs", service);
  expect(code).toBe(0);
  return [...stdout.matchAll(new RegExp(`\\b${word} ([0-9a-f]+-(?:main|orders)-\\d+)`, "g"))]
    .map(([, id]) => id as string)
    .sort();
}

async function runAndKeep(
  person: Person,
  text: string,
): Promise<{ journal: readonly JournalLine[]; run: string }> {
  const { code, stdout } = await person.run("chaos", "run", person.write("s.yaml", text), "--keep");
  expect(code, stdout).toBe(0);
  return { journal: person.journal(), run: person.header()["run"] as string };
}

test("without faults tester, balancer and replicas know the same requests, each once", async (context) => {
  const person = visit(context);
  const { journal, run } = await runAndKeep(person, scenario("", "main.failed == 0"));
  const { sent, failed } = sentIn(journal, run);
  expect(failed).toEqual([]);
  expect(sent.length).toBeGreaterThan(400);
  expect(await logged(person, "balancer")).toEqual(sent);
  expect(await logged(person, "app")).toEqual(sent);
  const orders = sent.filter((id) => id.includes("-orders-"));
  expect(await logged(person, "app", "order")).toEqual(orders);
});

test("with crashes every request that was answered is in a log, and every order in that of a replica", async (context) => {
  const person = visit(context);
  const steps =
    "steps: [{ id: storm, do: crash, target: { service: app }, repeat: { every: 500ms, times: 4 } }]";
  const { journal, run } = await runAndKeep(person, scenario(steps, "main.success >= 50%"));
  const { sent, failed } = sentIn(journal, run);
  const crashed = journal.filter(({ type, stage }) => type === "injection" && stage === "applied");
  expect(crashed.length).toBeGreaterThan(1);
  const answered = sent.filter((id) => !failed.includes(id));
  const known = new Set([...(await logged(person, "balancer")), ...(await logged(person, "app"))]);
  expect(answered.filter((id) => !known.has(id))).toEqual([]);
  const orders = new Set(await logged(person, "app", "order"));
  expect(answered.filter((id) => id.includes("-orders-") && !orders.has(id))).toEqual([]);
});
