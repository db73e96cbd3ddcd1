import { formatDuration } from "../kit/units.ts";
import type { FirstTarget } from "./first-target.ts";

/** What a first scenario is made of. */
export interface FirstScenario {
  readonly name: string;
  /** What stands under `stack:`; nothing: the bundled stack, or one given on the command line. */
  readonly stack: {
    readonly compose?: string;
    readonly project?: string;
    readonly profiles?: readonly string[];
    readonly engine?: string;
  };
  readonly entry: string;
  readonly entryWhy: string;
  readonly url: string;
  readonly target: FirstTarget;
  /** null: nobody has asked the stack. */
  readonly probe: ProbeFacts | null;
}

/** How a stack answered without any harm. */
export interface ProbeFacts {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** A scenario file with comments, that loses one replica and freezes one where there are several. */
export function firstScenarioText(scenario: FirstScenario): string {
  const { name, probe } = scenario;
  const timeoutMs = probe === null ? 2000 : roundUp(Math.max(1000, probe.maxMs * 5));
  const rate = rateFor(probe);
  return `# A first scenario. Check it with \`aegis chaos validate\`, see what it would do with \`aegis chaos plan\`,
# run it with \`aegis chaos run\`. Editors know its keys by the output of \`aegis schema\`.
version: 1
name: ${quoted(name)}
${stackText(scenario)}
# What the users of the stack do meanwhile. ${scenario.entry} was chosen because ${scenario.entryWhy}.
traffic:
  main:
    url: ${quoted(scenario.url)}
    rate: ${rate}/s
    timeout: ${formatDuration(timeoutMs)}
    # expect: { status: 200 }                    # default: any status from 200 to 399
    # headers: { authorization: "Bearer \${env:TOKEN}" }

# Requests of the warm-up do not count; the baseline is what "without harm" looks like.
phases: { warmup: 2s, baseline: ${Math.max(10, SAMPLES / rate)}s, recovery: 10s }

# Never more than this many replicas of one service harmed at a time, and no run longer than this.
limits: { down: 1, time: 5m }

${stepsText(scenario)}
${assertText(scenario)}`;
}

function stackText({ stack }: FirstScenario): string {
  const parts = Object.entries(stack).map(([key, value]) =>
    typeof value === "string"
      ? `${key}: ${quoted(value)}`
      : `${key}: [${value.map(quoted).join(", ")}]`,
  );
  return parts.length === 0 ? "" : `\nstack: { ${parts.join(", ")} }\n`;
}

/** What p90 needs at least, and some more: the first and the last of a phase may not count. */
const SAMPLES = 120;

/** The slower the answers, the fewer are asked for. */
function rateFor(probe: ProbeFacts | null): number {
  if (probe === null || probe.p50Ms <= 100) return 50;
  return probe.p50Ms <= 500 ? 20 : 5;
}

const ALONE = `# It is alone: whatever needs it will fail until it is back, and how long that takes is what this run measures.
# A second replica, or clients that try again, would be what mends it.
`;

function stepsText({ target: { service, replicas, heals, why } }: FirstScenario): string {
  const crash = heals
    ? `  # The process is killed; its restart policy brings it back.
  - { id: crash, do: crash, target: { service: ${service}, pick: 1 }, at: 0s }
`
    : `  # The process is killed and held down for 5 s: nothing brings it back by itself (no restart policy).
  - { id: gone, do: kill, target: { service: ${service}, pick: 1 }, at: 0s, for: 5s }
`;
  const freeze = `
  # Once it is back, one freezes: its port still takes connections, but nothing answers.
  - { id: freeze, do: pause, target: { service: ${service}, pick: 1 }, when: ${heals ? "crash" : "gone"} recovered + 2s, for: 3s }
`;
  return `# What is done to it. ${service}: ${why}. \`aegis chaos kinds\` lists what else there is.
${replicas > 1 ? "" : ALONE}steps:
${crash}${replicas > 1 ? freeze : ""}`;
}

function assertText({ target, probe }: FirstScenario): string {
  const measured =
    probe === null
      ? "  # A guess: `aegis init --probe` measures the running stack, and sets a limit that suits it."
      : `  # Measured without harm: p50 ${formatDuration(probe.p50Ms)}, p99 ${formatDuration(probe.p99Ms)}, slowest ${formatDuration(probe.maxMs)} (${probe.requests} requests, ${probe.failed} failed).`;
  const limit = probe === null ? 500 : roundUp(Math.max(100, probe.p99Ms * 5));
  const several = target.replicas > 1;
  const abort = `
# Stop at once, and undo everything, when it hurts too much.
abort-when: main.success over 5s < 20%
`;
  return `# What must hold. The exit code is 0 only if all of it does.
assert:
  - main.success >= ${several ? "99.9%" : "50%"}
${recovery(target)}
${measured}
  - main.p90 <= 3x baseline or ${formatDuration(limit)}
${several ? abort : ""}`;
}

function recovery({ service, tellsReady }: FirstTarget): string {
  const line = "  - recovery of every step <= 30s";
  if (tellsReady) return line;
  return `  # Of ${service} it is only known whether it runs. A healthcheck, or x-aegis: { ready: /path }, in the compose file tells more.
${line}`;
}

/** To the next of 1, 2, 5, 10, 20, 50 ... ms. */
function roundUp(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  return ([1, 2, 5, 10].find((step) => step * power >= ms) ?? 10) * power;
}

/** As YAML takes it in any place: plain where that is safe, else in double quotes. */
function quoted(text: string): string {
  return /^[A-Za-z.][\w./-]*(?: [\w./-]+)*$/.test(text) || /^https?:\/\/[\w./:-]+$/.test(text)
    ? text
    : JSON.stringify(text);
}
