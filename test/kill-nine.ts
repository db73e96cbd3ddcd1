import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Person } from "./aegis.ts";
import { look, nothing, residue } from "./residue.ts";

/** When aegis is killed: at a kind of line that it writes, or some time after so many lines of its journal. */
export type Moment =
  | { readonly at: "line"; readonly kind: string }
  | { readonly at: "time"; readonly lines: number; readonly delayMs: number };

/** What a run of the rig's scenario goes through, from one that nobody killed. */
export interface Course {
  /** Every kind of line of the journal and the ledger. */
  readonly kinds: readonly string[];
  /** Lines of its journal. */
  readonly lines: number;
  /** From the start of the process to the first line. */
  readonly startUpMs: number;
}

/** What came of one kill. */
export interface Death {
  readonly label: string;
  /** False: the run ended without such a line, as those of failed requests may be missing. */
  readonly killed: boolean;
  /** Harm was open when it died. */
  readonly harmOpen: boolean;
  /** "" when afterwards everything was as before. */
  readonly problem: string;
}

const HOOK = fileURLToPath(new URL("die-at-line.mjs", import.meta.url));
/** The time to live of held harm, and what the stack takes to go down or to come back on a busy machine. */
const CLEAN_BY_ITSELF_S = 10 + 30;
const CLEAN_AFTER_HEAL_S = 10;

/** Every kind of harm, held and instant; a command that fails, and one that can be undone at the second try only. */
const SCENARIO = `version: 1
name: kill nine
seed: 1
traffic:
  main: { url: http://balancer/, rate: 40/s, timeout: 300ms }
  orders: { url: http://balancer/orders, method: POST, rate: 10/s, timeout: 300ms }
  nowhere: { url: http://balancer/no-such-page, rate: 10/s } # so that every run has failures to tell of
phases: { warmup: 200ms, baseline: 300ms, recovery: 300ms }
steady: { within: 20s, checks: [main.success >= 0%] }
steps:
  - id: stubborn
    do: exec
    target: { replica: app3 }
    with: { run: "true", undo: [sh, -c, "test -e tried || { touch tried; exit 1; }"] }
    at: 0s
    for: 300ms
  - { id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 1s }
  - { id: gone, do: kill, target: { replica: app2 }, at: 200ms, for: 1s }
  - { id: leave, do: stop, target: { replica: app3 }, when: stubborn recovered, for: 1s }
  - { id: lost, do: remove, target: { replica: app1 }, when: freeze recovered, for: 1s }
  - { id: crash, do: crash, target: { replica: app2 }, when: gone recovered }
  - { id: turn, do: restart, target: { replica: app3 }, when: leave recovered }
  - { id: fails, do: exec, target: { replica: app2 }, with: { run: "false" }, irreversible: true, at: 0s }
assert:
  - recovery of every step <= 10s
`;

/** One run to its end: what can be met on the way. */
export async function course(): Promise<Course> {
  const person = new Person();
  try {
    const log = join(person.home, "lines");
    const scenario = person.write("s.yaml", SCENARIO);
    const from = performance.now();
    Object.assign(person.env, { NODE_OPTIONS: `--import=${HOOK}`, E2E_LINES: log });
    const run = person.start("chaos", "run", scenario);
    await linesWritten(person, 1, run.finished);
    const startUpMs = performance.now() - from;
    const { code, stdout, stderr } = await run.finished;
    const judged = code === 3 || code === 1;
    if (!judged) throw new Error(`expected exit 1 or 3, got ${code}:\n${stdout}\n${stderr}`);
    const kinds = new Set(readFileSync(log, "utf8").trim().split("\n"));
    return { kinds: [...kinds], lines: person.journal().length + 1, startUpMs };
  } finally {
    await person.leave();
  }
}

/** Kills a run at that moment, and sees whether everything gets as it was: by itself, or by `heal` at once. */
export async function killAt(
  moment: Moment,
  { up, heal }: { readonly up: boolean; readonly heal: boolean },
): Promise<Death> {
  const person = new Person();
  const label = [
    moment.at === "line" ? moment.kind : `${moment.lines} lines + ${moment.delayMs} ms`,
    up ? "on a stack that was up" : "on a stack that was down",
    heal ? "then heal" : "then nothing",
  ].join(", ");
  try {
    if (up) await mustEnd(person, "up");
    const before = up ? await look(person) : nothing(person);
    const killed = await runUntilKilled(person, moment);
    const harmOpen = isHarmOpen(person);
    const seen = await look(person);
    if (heal) await mustEnd(person, "heal");
    const left = await residue(before, heal ? CLEAN_AFTER_HEAL_S : CLEAN_BY_ITSELF_S, seen);
    if (left !== "") return { label, killed, harmOpen, problem: left };
    await mustEnd(person, "heal");
    const open = isHarmOpen(person) ? "the ledger still has open harm" : "";
    const problem = open || (await residue(before, CLEAN_AFTER_HEAL_S, seen));
    return { label, killed, harmOpen, problem };
  } catch (thrown) {
    return { label, killed: false, harmOpen: false, problem: String(thrown) };
  } finally {
    await person.leave();
  }
}

/** False when it ended before the moment had come. */
async function runUntilKilled(person: Person, moment: Moment): Promise<boolean> {
  const scenario = person.write("s.yaml", SCENARIO);
  const hook = { NODE_OPTIONS: `--import=${HOOK}`, E2E_DIE_AT: "" };
  if (moment.at === "line") Object.assign(person.env, { ...hook, E2E_DIE_AT: moment.kind });
  const run = person.start("chaos", "run", scenario);
  for (const name of Object.keys(hook)) delete person.env[name];
  if (moment.at === "time") {
    if (moment.lines > 0) await linesWritten(person, moment.lines, run.finished);
    await sleep(moment.delayMs);
    run.child.kill("SIGKILL");
  }
  return (await run.finished).signal === "SIGKILL";
}

async function linesWritten(
  person: Person,
  lines: number,
  finished: Promise<unknown>,
): Promise<void> {
  let over = false;
  void finished.then(() => {
    over = true;
  });
  const path = join(person.cwd, ".aegis", "runs", "latest", "journal.ndjson");
  const written = (): number =>
    existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
  while (!over && written() < lines) await sleep(5);
}

async function mustEnd(person: Person, command: string): Promise<void> {
  const { code, stdout, stderr } = await person.run(command);
  if (code !== 0) throw new Error(`aegis ${command}: exit ${code}\n${stdout}\n${stderr}`);
}

function isHarmOpen(person: Person): boolean {
  if (!existsSync(person.env["AEGIS_HOME"] as string)) return false;
  const open = new Set<unknown>();
  for (const { op, id } of person.ledger()) {
    if (op === "prepared") open.add(id);
    if (op === "reverted") open.delete(id);
  }
  return open.size > 0;
}
