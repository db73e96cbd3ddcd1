import { AegisError } from "../kit/errors.ts";
import type { Plan, TrafficPlan } from "../model/plan.ts";
import { jsonReport } from "../report/json.ts";
import { assertionsSection } from "../report/terminal/assertions.ts";
import type { RunResult } from "../runner/run.ts";
import { identifyOf } from "../runner/traffic.ts";
import { endSignal } from "./end-signal.ts";
import { entryUrl, sayEntryGuess } from "./entry.ts";
import { ENDLESS_MS, mainTraffic, measuringPlan } from "./generated-plan.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { measureOnly } from "./measure-only.ts";
import { monitorSummary } from "./monitor-summary.ts";
import { openMonitorView } from "./monitor-view.ts";
import { withRunningStack } from "./open-stack.ts";
import { paperOf } from "./terminal-paper.ts";
import { typedAssertions } from "./typed-assertions.ts";
import { typedPath } from "./typed-path.ts";
import { typedUrl } from "./typed-url.ts";

/** The options of `aegis monitor`, as commander gives them. Times in ms. */
export interface MonitorFlags extends StackFlags {
  readonly for?: number;
  readonly rate: number;
  readonly timeout: number;
  readonly method: string;
  readonly header: readonly string[];
  readonly data?: string;
  readonly each: boolean;
  readonly assert: readonly string[];
  readonly out?: string;
  readonly json: boolean;
}

interface MonitorTarget {
  readonly url: string;
  readonly project: string;
  readonly identify: TrafficPlan["identify"];
}

/**
 * The live tester loop. Ctrl-C, `--for` and a reader that has gone away are its normal ends; the exit code is the
 * verdict's where something was asserted.
 */
export async function monitorTraffic(
  host: Host,
  url: string | null,
  flags: MonitorFlags,
): Promise<void> {
  const target = url === null ? await entryTarget(host, flags) : urlTarget(host, url);
  const plan = monitorPlan(host, target, flags);
  const lines = flags.json ? host.stderr : host.stdout;
  const view = openMonitorView(host, lines, plan);
  const result = await measureOnly(host, {
    plan,
    project: target.project,
    out: flags.out ?? null,
    interrupt: endSignal(host),
    observe: flags.each ? () => {} : view.see,
    onRequest: flags.each ? view.seeRequest : null,
  });
  view.close();
  printResult(host, flags, result);
  if (flags.assert.length > 0) host.setExitCode(result.verdict.exit);
}

function printResult(host: Host, flags: MonitorFlags, result: RunResult): void {
  const { timeline, verdict, path } = result;
  if (flags.json) {
    host.stdout.raw(jsonReport(timeline, verdict, { runPath: path }));
    return;
  }
  const paper = paperOf(host);
  const asserted = flags.assert.length > 0 ? assertionsSection(paper, timeline, verdict) : [];
  const summary = monitorSummary(paper, { timeline, path: typedPath(host.world.cwd, path) });
  for (const line of [...summary, ...asserted]) host.stdout.line(line);
}

function monitorPlan(host: Host, { url, identify }: MonitorTarget, flags: MonitorFlags): Plan {
  const traffic = mainTraffic({
    url,
    rate: flags.rate,
    timeoutMs: flags.timeout,
    method: flags.method.toUpperCase(),
    headers: Object.fromEntries(flags.header.map(headerOf)),
    body: flags.data ?? null,
    identify,
  });
  const names = { traffics: [traffic.name], services: [], replicas: [], steps: new Map() };
  return {
    ...measuringPlan(host.world, { name: `monitor ${url}`, traffic, ms: flags.for ?? ENDLESS_MS }),
    assertions: typedAssertions(flags.assert, names),
  };
}

function headerOf(text: string): [string, string] {
  const match = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*(.*?)\s*$/.exec(text);
  if (match) return [(match[1] as string).toLowerCase(), match[2] as string];
  throw new AegisError(
    "INVALID_INPUT",
    `expected a header such as "accept: text/html", got "${text}"`,
  );
}

function urlTarget({ world }: Host, text: string): MonitorTarget {
  const { url, host } = typedUrl(text, world.env);
  const identify = { replica: "x-aegis-replica", version: "x-aegis-version" };
  return { url, project: host, identify };
}

function entryTarget(host: Host, flags: MonitorFlags): Promise<MonitorTarget> {
  const loaded = loadStack(host.world, flags, NO_CHOICE, { glance: true });
  const { stack } = loaded;
  return withRunningStack(host, loaded, async (engine) => {
    sayEntryGuess(host, stack);
    const url = await entryUrl(stack, engine);
    if (url !== null) {
      const identify = identifyOf(mainTraffic({ url, rate: 1, timeoutMs: 1 }), stack);
      return { url, project: stack.project, identify };
    }
    throw new AegisError("INVALID_INPUT", `cannot tell where ${stack.project} is reached`, {
      hint: "Give the URL, name it with --entry SERVICE:PORT, or mark it with x-aegis: { entry: true }.",
    });
  });
}
