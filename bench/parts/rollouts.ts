import { EXIT_CODES } from "../../src/kit/errors.ts";
import type { JournalRecord } from "../../src/model/journal.ts";
import { AegisUser } from "../aegis.ts";
import type { Bench, Part } from "../part.ts";
import { APPS, COMPOSE_FILE, PROJECT, twoVersions } from "../two-versions.ts";
import { byHand, type HandUpdate, IN_A_LOOP, WITH_COMPOSE } from "../update-by-hand.ts";
import { type Cost, costOf, outcomeOf, stepSeconds, updateScenario } from "../update-run.ts";

const IN_A_ROW = 30;
const ATTEMPTS = 5;

/** What does an update of three replicas cost those who use them meanwhile? */
export const rollouts: Part = {
  name: "rollouts",
  title: titleOf("as processes"),
  run: async (bench) => {
    await compare(bench, ON_PROCESSES, [SURGE, IN_PLACE, ALL_AT_ONCE]);
    await inARow(bench, ON_PROCESSES);
  },
};

/** The same in containers, behind nginx, beside what people do without aegis. */
export const dockerRollouts: Part = {
  name: "docker-rollouts",
  title: titleOf("in containers"),
  run: async (bench) => {
    await compare(bench, ON_DOCKER, [IN_PLACE, WITH_COMPOSE, IN_A_LOOP]);
    await inARow(bench, ON_DOCKER);
  },
};

function titleOf(how: string): string {
  return `an update of ${APPS.length} replicas ${how} under 150 GET/s and 50 POST/s, a quarter on fresh connections`;
}

/** Flags of every command. */
type Ground = readonly string[];
const ON_PROCESSES: Ground = ["--compose", COMPOSE_FILE, "--engine", "process"];
const ON_DOCKER: Ground = ["--compose", COMPOSE_FILE, "--engine", "docker"];

/** A way to update them: a step of a scenario, which is the whole of what `aegis rollout` plays too, or commands of others. */
type Side = StepUpdate | HandUpdate;
interface StepUpdate {
  readonly name: string;
  readonly step: string;
  /** Must it go unnoticed? */
  readonly promised: boolean;
}

const SURGE: StepUpdate = { name: "surge", step: rolloutStep("v2", "surge"), promised: true };
const IN_PLACE: StepUpdate = {
  name: "in place",
  step: rolloutStep("v2", "in-place"),
  promised: true,
};
/** What a restart of a service without any care is. */
const ALL_AT_ONCE: StepUpdate = {
  name: "all stopped and started at once",
  step: "{ id: update, do: restart, target: { service: app, pick: all } }",
  promised: false,
};

/** The gate compares, as always, with fewer samples than it would take by itself: a shorter benchmark. */
function rolloutStep(to: string, strategy: string): string {
  const gate = "min-in-service: 500ms, observe: 2s, samples: 100";
  const params = `{ to: ${to}, strategy: ${strategy}, ${gate} }`;
  return `{ id: update, do: rollout, target: { service: app }, with: ${params} }`;
}

/** Each side once per round, one after the other: a slow minute of the machine hits all. */
async function compare(bench: Bench, ground: Ground, sides: readonly Side[]): Promise<void> {
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const side of sides) {
      const { cost, seconds, outcome } = await onNewStack(bench, ground, (user) =>
        playSteady(bench, () => ("step" in side ? playStep(user, side) : byHand(user, side))),
      );
      bench.keep({ round, side: side.name, seconds, outcome, ...cost });
      bench.tell(`round ${round}: ${side.name}: ${cost.failed} of ${cost.sent} failed`);
      addFigures(bench, side, cost, seconds);
    }
  }
}

interface Played {
  readonly exit: number | null;
  readonly records: readonly JournalRecord[];
  readonly seconds: number;
}

async function playStep(user: AegisUser, { step }: StepUpdate): Promise<Played> {
  const { code, stderr } = await user.run("chaos", "run", scenarioFile(user, step));
  const records = user.journal();
  if (records.length === 0) throw new Error(`aegis ended with ${code}: ${stderr}`);
  return { exit: code, records, seconds: stepSeconds(records) };
}

/** A machine too busy for a steady baseline has updated nothing: once more, not a result. */
async function playSteady(bench: Bench, play: () => Promise<Played>) {
  for (let attempt = 1; ; attempt++) {
    const { exit, records, seconds } = await play();
    if (exit !== EXIT_CODES.NOT_STEADY) {
      return { cost: costOf(records), seconds, outcome: outcomeOf(records) };
    }
    bench.tell("not steady before the update: once more");
    if (attempt === ATTEMPTS) throw new Error(`no steady state in ${ATTEMPTS} attempts`);
  }
}

async function onNewStack<Result>(
  { packageRoot, directory }: Bench,
  ground: Ground,
  use: (user: AegisUser) => Promise<Result>,
): Promise<Result> {
  const user = new AegisUser(packageRoot, directory, [...ground, "--project", PROJECT]);
  user.write(COMPOSE_FILE, twoVersions(packageRoot));
  try {
    await user.succeed("up");
    return await use(user);
  } finally {
    await user.leave();
  }
}

function scenarioFile(user: AegisUser, step: string): string {
  return user.write("update.yaml", updateScenario(step));
}

/** v2, v1, v2 and so on, on one stack, each time with the strategy that is taken where nobody says. */
async function inARow(bench: Bench, ground: Ground): Promise<void> {
  const all = bench.options.quick ? 2 : IN_A_ROW;
  const totals = { sent: 0, failed: 0, duplicates: 0, unseen: 0, completed: 0 };
  await onNewStack(bench, ground, async (user) => {
    let next = "v2";
    for (let nth = 1; nth <= all; nth++) {
      const side = { name: next, step: rolloutStep(next, "auto"), promised: true };
      const { cost, seconds, outcome } = await playSteady(bench, () => playStep(user, side));
      bench.keep({ nth, to: next, seconds, outcome, ...cost });
      bench.tell(`${nth} of ${all}: ${outcome}, ${cost.failed} of ${cost.sent} failed`);
      for (const name of ["sent", "failed", "duplicates", "unseen"] as const) {
        totals[name] += cost[name];
      }
      if (outcome !== "completed") continue;
      totals.completed += 1;
      next = next === "v2" ? "v1" : "v2";
    }
  });
  const row = (name: string, value: number, limit: number | null): void =>
    bench.figures.add(count(`${all} in a row: ${name}`, limit), value);
  row("failed requests", totals.failed, 0);
  row("duplicates", totals.duplicates, 0);
  row("orders that no log has", totals.unseen, 0);
  row("requests", totals.sent, null);
  row("completed", totals.completed, all);
}

function addFigures({ figures }: Bench, { name, promised }: Side, cost: Cost, seconds: number) {
  const limit = promised ? 0 : null;
  figures.add(count(`${name}: failed requests`, limit), cost.failed);
  figures.add(count(`${name}: duplicates`, limit), cost.duplicates);
  figures.add(count(`${name}: requests`, null), cost.sent);
  figures.add({ name: `${name}: duration`, unit: "s", goal: null, judged: "median" }, seconds);
}

function count(name: string, limit: number | null) {
  const goal = limit === null ? null : ({ op: "==", limit } as const);
  return { name, unit: "", goal, judged: "worst" } as const;
}
