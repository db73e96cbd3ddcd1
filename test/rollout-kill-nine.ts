import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Person } from "./aegis.ts";
import { look, nothing, residue } from "./residue.ts";
import { quickStack, replicasOf, type SeenReplica, versionsOf } from "./rollout-stack.ts";

/** When aegis is killed in the middle of a rollout: at the nth line of a kind that it writes. */
export interface Moment {
  readonly strategy: "surge" | "in-place";
  readonly kind: string;
  readonly nth: number;
}

/** What came of one kill. */
export interface Death {
  readonly label: string;
  /** "" when it was killed; else how the run ended without such a line. */
  readonly survived: string;
  /** Harm was open when it died. */
  readonly harmOpen: boolean;
  /** What the replicas ran when it died, and after `heal`. */
  readonly versions: readonly [string, string];
  /** "" when all was as it must be. */
  readonly problem: string;
}

const HOOK = fileURLToPath(new URL("die-at-line.mjs", import.meta.url));
const ON = ["--compose", "compose.yml"];
const NAMES = "app1 app2 app3";
/** How long after its death the lease of a dead aegis ends, and what replicas take to start on a busy machine. */
const BY_ITSELF_MS = 10_000 + 30_000;

/** Moments of a rollout that completes, and of one whose second replica never gets ready. */
const GOOD = [
  "ledger prepared rollout",
  "ledger applied",
  "journal note rollout started",
  "journal note rollout ready",
  "journal note rollout served",
  "journal note rollout gate",
  "journal note rollout drained",
  "journal note rollout promoted",
  "journal note rollout accepted",
  "journal note rollout completed",
];
const BAD = ["journal note rollout setback", "journal note rollout put-back", "ledger reverted"];

/** Every kind of moment with both strategies, at the first or the second replica in turn. */
export function moments(): readonly Moment[] {
  return (["surge", "in-place"] as const).flatMap((strategy, odd) =>
    [...GOOD, ...BAD]
      .filter((kind) => strategy === "surge" || !kind.endsWith("promoted"))
      .map((kind, index) => ({ strategy, kind, nth: isOnce(kind) ? 1 : 1 + ((index + odd) % 2) })),
  );
}

function isOnce(kind: string): boolean {
  return BAD.includes(kind) || kind.endsWith("completed");
}

/** Kills aegis at each moment, one after the other; every third is left to its lease before it is healed. */
export async function killAll(list: readonly Moment[]): Promise<readonly Death[]> {
  const deaths: Death[] = [];
  for (const [index, moment] of list.entries()) {
    deaths.push(await killAt(moment, index % 3 === 2));
  }
  return deaths;
}

async function killAt(moment: Moment, byItself: boolean): Promise<Death> {
  const person = new Person();
  const { strategy, kind, nth } = moment;
  const label = `${strategy}, ${kind} ${nth}${byItself ? ", first by itself" : ""}`;
  const death = { label, survived: "", harmOpen: false, versions: ["", ""] as const };
  try {
    person.write("compose.yml", quickStack(BAD.includes(kind) ? STUCK : {}));
    await mustEnd(person, "up", ...ON);
    const survived = await runUntilKilled(person, moment);
    const harmOpen = person.ledger().length > 0;
    const seen = await look(person);
    const atDeath = await replicasOf(person, ON);
    const problem = servedBy(atDeath) || (byItself ? await allByThemselves(person) : "");
    await mustEnd(person, "heal");
    const healed = await replicasOf(person, ON);
    const versions = [versionsOf(atDeath), versionsOf(healed)] as const;
    const wrong = problem || wrongAfterHeal(healed, harmOpen, kind) || openIn(person);
    await mustEnd(person, "down", ...ON);
    const left = await residue(nothing(person), 5, seen);
    return { ...death, survived, harmOpen, versions, problem: wrong || left };
  } catch (thrown) {
    return { ...death, problem: String(thrown) };
  } finally {
    await person.leave();
  }
}

/** Of app2 the new version never gets ready. */
const STUCK = { own: { app2: { v2: { env: { APP_VERSION: "v2", NEVER_READY: 1 } } } } };

function scenarioOf({ strategy, kind }: Moment): string {
  const gate = kind.endsWith("gate") ? "compare" : "ready";
  const deadline = BAD.includes(kind) ? "4s" : "60s";
  return `version: 1
name: kill nine
stack: { compose: compose.yml }
traffic: { main: { url: http://balancer/, rate: 100/s, timeout: 2s } }
phases: { warmup: 200ms, baseline: 300ms, recovery: 300ms }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
steps:
  - id: update
    do: rollout
    target: { service: app }
    with: { to: v2, strategy: ${strategy}, gate: ${gate}, samples: 20, min-in-service: 100ms, observe: 1s, deadline: ${deadline} }
assert: [main.success >= 20%]
`;
}

/** "" when the moment came before its end; else how it ended. */
async function runUntilKilled(person: Person, moment: Moment): Promise<string> {
  const scenario = person.write("s.yaml", scenarioOf(moment));
  const hook = {
    NODE_OPTIONS: `--import=${HOOK}`,
    E2E_DIE_AT: moment.kind,
    E2E_DIE_NTH: String(moment.nth),
  };
  Object.assign(person.env, hook);
  const run = person.start("chaos", "run", scenario);
  for (const name of Object.keys(hook)) delete person.env[name];
  const { signal, code, stdout, stderr } = await run.finished;
  return signal === "SIGKILL" ? "" : `exit ${code}\n${stdout}\n${stderr}`;
}

/** Never fewer than two of three serve, whatever aegis was doing: newcomers are not counted. */
function servedBy(replicas: readonly SeenReplica[]): string {
  const ready = replicas.filter(({ name, ready: is }) => is && NAMES.includes(name)).length;
  return ready >= 2 ? "" : `${ready} of 3 were ready when it died: ${versionsOf(replicas)}`;
}

async function allByThemselves(person: Person): Promise<string> {
  for (let waited = 0; waited < BY_ITSELF_MS; waited += 500) {
    if (isWhole(await replicasOf(person, ON))) return "";
    await sleep(500);
  }
  const told = (await replicasOf(person, ON)).map(({ name, state }) => `${name} ${state}`);
  return `not whole by itself: ${told.join(", ")}`;
}

function isWhole(replicas: readonly SeenReplica[]): boolean {
  return namesOf(replicas) === NAMES && replicas.every(({ ready }) => ready);
}

function namesOf(replicas: readonly SeenReplica[]): string {
  return replicas.map(({ name }) => name).join(" ");
}

/** All of one version: the old one where anything was open, the new one where the rollout had been completed. */
function wrongAfterHeal(replicas: readonly SeenReplica[], wasOpen: boolean, kind: string): string {
  const told = `after heal: ${namesOf(replicas)} run ${versionsOf(replicas)}`;
  if (!isWhole(replicas)) return told;
  const versions = new Set(replicas.map(({ version }) => version));
  if (versions.size > 1) return told;
  if (wasOpen && !versions.has("v1")) return told;
  return kind.endsWith("completed") && !versions.has("v2") ? told : "";
}

function openIn(person: Person): string {
  return person.ledger().length === 0 ? "" : "the ledger still has open harm";
}

async function mustEnd(person: Person, ...command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await person.run(...command);
  if (code === 0) return;
  throw new Error(`aegis ${command.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
}
