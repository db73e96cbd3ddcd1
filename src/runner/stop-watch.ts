import { stopFile } from "../state/stop-file.ts";
import { harms } from "./guard.ts";
import type { Stage } from "./stage.ts";

const LOOK_MS = 250;

/** Ends a run that harms as soon as a STOP file appears. Looks until the signal aborts. */
export async function watchForStop(stage: Stage, signal: AbortSignal): Promise<void> {
  const { world, plan } = stage.options;
  if (!harms(plan)) return;
  while (!signal.aborted && !stage.over.aborted) {
    const path = stopFile(world);
    if (path !== null) {
      stage.end({ reason: "stopped", detail: `stopped by the STOP file ${path}`, signal: null });
    }
    await world.clock.sleep(LOOK_MS, signal);
  }
}
