import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AegisError } from "../kit/errors.ts";
import { runFacts, type WindowFacts } from "../report/facts/windows.ts";
import { errorsText } from "../report/wording.ts";
import { interruptedExit } from "../runner/exit.ts";
import { entryUrl } from "./entry.ts";
import type { ProbeFacts } from "./first-scenario.ts";
import { mainTraffic, measuringPlan } from "./generated-plan.ts";
import type { Host } from "./host.ts";
import type { LoadedStack } from "./load-stack.ts";
import { measureOnly } from "./measure-only.ts";
import { withRunningStack } from "./open-stack.ts";

const PROBE = { rate: 20, ms: 5000, timeoutMs: 5000 } as const;

/** Asks the entry of a running stack for 5 s, harmlessly, and says how it answers. Throws ENVIRONMENT when it does not. */
export async function probeStack(
  host: Host,
  loaded: LoadedStack,
  path: string,
): Promise<ProbeFacts> {
  const entry = await withRunningStack(host, loaded, (engine) => entryUrl(loaded.stack, engine));
  const url = new URL(path, entry ?? "").href;
  host.stderr.line(`asking ${url} for ${PROBE.ms / 1000} s, ${PROBE.rate} times a second`);
  const facts = await measure(host, loaded.stack.project, url);
  if (facts?.latency != null && facts.success !== null && facts.success.share >= 0.9) {
    const { p50, p99, max } = facts.latency;
    return {
      requests: facts.requests,
      failed: facts.failed,
      p50Ms: p50 / 1000,
      p99Ms: p99 / 1000,
      maxMs: max / 1000,
    };
  }
  const said = facts === null ? "nothing was sent" : `${facts.failed} of ${facts.requests} failed`;
  const errors = facts === null ? "" : ` (${errorsText(facts)})`;
  throw new AegisError("ENVIRONMENT", `${url} does not answer well: ${said}${errors}`, {
    hint: "Give a path that answers with --url, or see what is wrong: aegis monitor --each",
  });
}

/** The journal of a probe is nothing to keep. */
async function measure(host: Host, project: string, url: string): Promise<WindowFacts | null> {
  const out = mkdtempSync(join(tmpdir(), "aegis-probe-"));
  try {
    const { rate, timeoutMs, ms } = PROBE;
    const traffic = mainTraffic({ url, rate, timeoutMs });
    const interrupt: AbortSignal = host.takeSignals(() => interruptedExit(interrupt));
    const { timeline } = await measureOnly(host, {
      plan: measuringPlan(host.world, { name: "probe", traffic, ms }),
      project,
      out,
      interrupt,
      observe: () => {},
      onRequest: null,
    });
    const [measured] = timeline.traffic;
    return measured === undefined ? null : runFacts(timeline, measured);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
