import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import { formatDuration } from "../kit/units.ts";
import type { Plan } from "../model/plan.ts";
import type { Can, Power, PowerName } from "../model/powers.ts";
import type { Cell } from "../report/grid.ts";
import { factLines, type Paper } from "../report/paper.ts";
import { vantageText } from "../report/wording.ts";
import { type TrafficTarget, targetsOf } from "../runner/traffic.ts";
import { chooseVantage } from "../runner/vantage.ts";
import { type Foreseen, type ForeseenInjection, foresee } from "./foresee.ts";
import type { Host } from "./host.ts";
import { type LoadedPlan, loadPlans, type PlanFlags } from "./load-plans.ts";
import { withEngine } from "./open-stack.ts";
import { paperOf, printTable } from "./terminal-paper.ts";

/** Injections that are worked out; of these, so many are printed for people. */
const MOST = 1000;
const MOST_PRINTED = 40;

interface PlanView {
  readonly plan: Plan;
  readonly engine: string;
  /** From where requests would be sent, as far as that can be told while nothing runs; `auto`: it cannot. */
  readonly vantage: Plan["vantage"];
  /** Why it would be inside although nobody asks for that. */
  readonly vantageReason: string | null;
  readonly foreseen: Foreseen;
  /** Each power that a step needs, and whether this engine has it here. */
  readonly powers: readonly {
    readonly power: PowerName;
    readonly steps: readonly string[];
    readonly can: Power;
  }[];
}

/** What runs of these scenarios would do. Starts nothing and harms nothing. */
export async function showPlans(
  host: Host,
  files: readonly string[],
  flags: PlanFlags & { readonly json: boolean },
): Promise<void> {
  const views: PlanView[] = [];
  for (const loaded of loadPlans(host.world, files, flags)) views.push(await viewOf(host, loaded));
  if (flags.json) {
    host.stdout.line(JSON.stringify(views, null, 2));
    return;
  }
  for (const [index, view] of views.entries()) {
    if (index > 0) host.stdout.line("");
    printView(host, view);
  }
}

async function viewOf(host: Host, { plan, loaded }: LoadedPlan): Promise<PlanView> {
  const targets = targetsOf(plan.traffic, loaded.stack, host.world);
  return withEngine(host, loaded, async (engine) => {
    const { vantage, why } = await foreseenVantage(plan.vantage, targets, engine);
    return {
      plan,
      engine: loaded.engine,
      vantage,
      vantageReason: why,
      foreseen: foresee(plan, loaded.stack, MOST),
      powers: [...powersOf(plan, engine.can), ...powerOfVantage(vantage, engine.can)],
    };
  });
}

/** What cannot be told, or be had, is no reason not to show the rest. */
async function foreseenVantage(
  wanted: Plan["vantage"],
  targets: readonly TrafficTarget[],
  engine: Engine,
): Promise<{ readonly vantage: Plan["vantage"]; readonly why: string | null }> {
  try {
    return await chooseVantage(wanted, targets, engine);
  } catch (thrown) {
    if (thrown instanceof AegisError) return { vantage: wanted, why: null };
    throw thrown;
  }
}

function powersOf(plan: Plan, can: Can): PlanView["powers"] {
  const needed = [...new Set(plan.steps.flatMap(({ needs }) => needs))];
  return needed.map((power) => ({
    power,
    steps: plan.steps.filter(({ needs }) => needs.includes(power)).map(({ id }) => id),
    can: can[power],
  }));
}

function powerOfVantage(vantage: Plan["vantage"], can: Can): PlanView["powers"] {
  return vantage === "inside" ? [{ power: "inside", steps: ["vantage"], can: can.inside }] : [];
}

function printView(host: Host, view: PlanView): void {
  const { plan, foreseen, engine } = view;
  const paper = paperOf(host);
  const print = (lines: readonly string[]): void => {
    for (const line of lines) host.stdout.line(line);
  };
  print(paper.heading(plan.name, plan.file ?? ""));
  print(
    factLines(
      paper,
      [`seed ${plan.seed}`, `engine ${engine}`, vantageFact(view), ...phaseFacts(view)],
      2,
    ),
  );
  for (const { name, method, url, rate, timeoutMs } of plan.traffic) {
    const each = `${name}: ${method} ${url}, ${rate}/s, timeout ${formatDuration(timeoutMs)}`;
    print(paper.paragraph("plain", each, 2));
  }
  print([
    "",
    ...paper.heading("Steps", "times since chaos begins, if each replica recovers at once"),
  ]);
  printSteps(host, foreseen);
  for (const { step, why } of foreseen.missed) {
    print(paper.item("bad", paper.signs.fail, `${step} would not be injected: ${why}`));
  }
  print(["", ...paper.heading("Powers needed")]);
  print(powerLines(paper, view));
  print(["", ...paper.heading("Assertions")]);
  print(plan.assertions.flatMap(({ text }) => paper.item("plain", paper.signs.dot, text)));
}

function vantageFact({ vantage, vantageReason }: PlanView): string {
  if (vantage === "auto") return "seen from the host, or from inside the network";
  return vantageText(vantage, vantageReason);
}

function phaseFacts({ plan: { phases, limits }, foreseen }: PlanView): string[] {
  const chaos =
    foreseen.chaosMs === null ? "without end" : `at least ${formatDuration(foreseen.chaosMs)}`;
  return [
    `warmup ${formatDuration(phases.warmupMs)}`,
    `baseline ${formatDuration(phases.baselineMs)}`,
    `chaos ${chaos}`,
    `recovery ${formatDuration(phases.recoveryMs)}`,
    ...(limits.down === null ? [] : [`at most ${limits.down} down`]),
  ];
}

function printSteps(host: Host, { injections }: Foreseen): void {
  if (injections.length === 0) {
    host.stdout.line("  none");
    return;
  }
  const columns = [
    { head: "at", align: "end" as const },
    { head: "injection", least: 8 },
    { head: "does" },
    { head: "to", least: 6 },
    { head: "for" },
    { head: "ranking", least: 12 },
  ];
  printTable(host, columns, injections.slice(0, MOST_PRINTED).map(cellsOf), 2);
  const more = injections.length - MOST_PRINTED;
  if (more > 0) host.stdout.line(`  and ${injections.length === MOST ? "many" : more} more`);
}

function cellsOf(injection: ForeseenInjection): Cell[] {
  const { atMs, untilMs, kind, target, ranking } = injection;
  return [
    { text: atMs === 0 ? "0s" : formatDuration(atMs) },
    { text: injection.injection },
    { text: kind },
    { text: target ?? "-" },
    { text: untilMs === null ? "-" : formatDuration(untilMs - atMs) },
    { text: ranking.join(" "), tone: "dim" },
  ];
}

function powerLines(paper: Paper, { powers, engine }: PlanView): string[] {
  if (powers.length === 0) return paper.paragraph("plain", "none", 2);
  return powers.flatMap(({ power, steps, can }) => {
    const by = `${power} (${steps.join(", ")})`;
    if (can === true) return paper.item("good", paper.signs.pass, `${by}: ${engine} has it`);
    return paper.item("bad", paper.signs.fail, `${by}: ${can.no}; ${can.hint}`);
  });
}
