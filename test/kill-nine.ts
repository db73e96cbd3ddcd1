import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Person } from "./aegis.ts";
import { KINDS } from "./kill-nine-kinds.ts";
import { look, nothing, residue } from "./residue.ts";

/** When aegis is killed: at a kind of line that it writes, or some time after so many lines of its journal. */
export type Moment =
  | { readonly at: "line"; readonly kind: string; readonly scenario: ScenarioName }
  | { readonly at: "time"; readonly lines: number; readonly delayMs: number };

/** `harm` has every kind of harm; in `stubborn` undoing fails once. */
export type ScenarioName = keyof typeof SCENARIOS;

/** What runs go through that nobody kills. */
export interface Course {
  /** A moment at every kind of line of journal and ledger that each run writes. */
  readonly lines: readonly (Moment & { readonly at: "line" })[];
  /** How many lines the journal of `harm` has. */
  readonly length: number;
  /** From the start of the process to the first line. */
  readonly startUpMs: number;
}

/** What came of one kill. */
export interface Death {
  readonly label: string;
  /** "" when it was killed; else how the run ended without such a line. */
  readonly survived: string;
  /** Harm was open when it died. */
  readonly harmOpen: boolean;
  /** "" when afterwards everything was as before. */
  readonly problem: string;
}

const HOOK = fileURLToPath(new URL("die-at-line.mjs", import.meta.url));
/** The balancer's first good check: before or after the journal begins, and never on a stack that was up. */
const OF_SOME_RUNS = "journal engine healthy";
/** The time to live of held harm, and what the stack takes to go down or to come back on a busy machine. */
const CLEAN_BY_ITSELF_S = 10 + 30;
const CLEAN_AFTER_HEAL_S = 10;

const HEAD = `version: 1
name: kill nine
seed: 1
traffic:
  main: { url: http://balancer/, rate: 40/s, timeout: 300ms }
  orders: { url: http://balancer/orders, method: POST, rate: 10/s, timeout: 300ms }
  nowhere: { url: http://balancer/no-such-page, rate: 10/s } # so that every run has failures to tell of
phases: { warmup: 200ms, baseline: 300ms, recovery: 300ms }
steady: { within: 20s, checks: [main.success >= 0%] }
assert: [recovery of every step <= 10s]
steps:
`;

const SCENARIOS = {
  harm: (directory: string): string => `${HEAD}
  - { id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 1s }
  - { id: gone, do: kill, target: { replica: app2 }, at: 200ms, for: 1s }
  - { id: leave, do: stop, target: { replica: app3 }, at: 400ms, for: 1s }
  - { id: flag, do: exec, target: { replica: balancer }, with: { run: "touch ${flagIn(directory)}", undo: "rm -f ${flagIn(directory)}" }, at: 0s, for: 1s }
  - { id: lost, do: remove, target: { replica: app1 }, when: freeze recovered, for: 1s }
  - { id: crash, do: crash, target: { replica: app2 }, when: gone recovered }
  - { id: turn, do: restart, target: { replica: app3 }, when: leave recovered }
  - { id: fails, do: exec, target: { replica: balancer }, with: { run: "false" }, irreversible: true, when: turn recovered }
  - { id: doubt, do: exec, target: { replica: app3 }, with: { run: "true", verify: "false" }, irreversible: true, when: turn recovered }
`,
  stubborn: (directory: string): string => `${HEAD}
  - { id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 2s }
  - id: stubborn
    do: exec
    target: { replica: app3 }
    with: { run: "true", undo: [sh, -c, "test -e ${directory}/tried || { touch ${directory}/tried; exit 1; }"] }
    at: 0s
    for: 300ms
`,
} as const;

/** What a command of the scenario makes, and its `undo` removes: a lost undo leaves it. */
function flagIn(directory: string): string {
  return join(directory, "flag");
}

/** Both scenarios to their ends: what can be met on the way. Rejects when a kind of line is not among it that must be. */
export async function course(): Promise<Course> {
  const [harm, stubborn] = await Promise.all([oneCourse("harm"), oneCourse("stubborn")]);
  const known = new Set(harm.kinds);
  const more = stubborn.kinds.filter((kind) => !known.has(kind));
  const missing = KINDS.filter((kind) => !known.has(kind) && !more.includes(kind));
  if (missing.length > 0) throw new Error(`nobody wrote:\n${missing.join("\n")}`);
  const at = (scenario: ScenarioName) => (kind: string) =>
    ({ at: "line", kind, scenario }) as const;
  return {
    lines: [...harm.kinds.map(at("harm")), ...more.map(at("stubborn"))],
    length: harm.length,
    startUpMs: harm.startUpMs,
  };
}

async function oneCourse(
  name: ScenarioName,
): Promise<{ kinds: readonly string[]; length: number; startUpMs: number }> {
  const person = new Person();
  try {
    const log = join(person.home, "lines");
    const scenario = person.write("s.yaml", SCENARIOS[name](person.cwd));
    const from = performance.now();
    Object.assign(person.env, { NODE_OPTIONS: `--import=${HOOK}`, E2E_LINES: log });
    const run = person.start("chaos", "run", scenario);
    await linesWritten(person, 1, run.finished);
    const startUpMs = performance.now() - from;
    const { stdout, stderr } = await run.finished;
    const ended = person.journal().at(-1)?.["reason"];
    if (ended !== (name === "harm" ? "complete" : "failed")) {
      throw new Error(`${name} ended: ${ended}\n${stdout}\n${stderr}`);
    }
    const met = new Set(readFileSync(log, "utf8").trim().split("\n"));
    const kinds = [...met].filter((kind) => kind !== OF_SOME_RUNS);
    return { kinds, length: person.journal().length + 1, startUpMs };
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
    const survived = await runUntilKilled(person, moment);
    const harmOpen = isHarmOpen(person);
    const seen = await look(person);
    if (heal) await mustEnd(person, "heal");
    const clean = (seconds: number) => residue(before, seconds, seen, [flagIn(person.cwd)]);
    const left = await clean(heal ? CLEAN_AFTER_HEAL_S : CLEAN_BY_ITSELF_S);
    if (left !== "") return { label, survived, harmOpen, problem: left };
    await mustEnd(person, "heal");
    const open = isHarmOpen(person) ? "the ledger still has open harm" : "";
    const problem = open || (await clean(CLEAN_AFTER_HEAL_S));
    return { label, survived, harmOpen, problem };
  } catch (thrown) {
    return { label, survived: "", harmOpen: false, problem: String(thrown) };
  } finally {
    await person.leave();
  }
}

/** "" when the moment came before its end; else how it ended. */
async function runUntilKilled(person: Person, moment: Moment): Promise<string> {
  const name = moment.at === "line" ? moment.scenario : "harm";
  const scenario = person.write("s.yaml", SCENARIOS[name](person.cwd));
  const hook = { NODE_OPTIONS: `--import=${HOOK}`, E2E_DIE_AT: "" };
  if (moment.at === "line") Object.assign(person.env, { ...hook, E2E_DIE_AT: moment.kind });
  const run = person.start("chaos", "run", scenario);
  for (const name of Object.keys(hook)) delete person.env[name];
  if (moment.at === "time") {
    if (moment.lines > 0) await linesWritten(person, moment.lines, run.finished);
    await sleep(moment.delayMs);
    run.child.kill("SIGKILL");
  }
  const { signal, code, stdout, stderr } = await run.finished;
  return signal === "SIGKILL" ? "" : `exit ${code}\n${stdout}\n${stderr}`;
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
