import { ApiError, type DockerApi } from "./api.ts";
import type { Duties } from "./lease-table.ts";
import { type Patience, pauseFor, persist } from "./persist.ts";
import { takeDownOnce } from "./take-down.ts";
import { settleMs, undoOnce } from "./undo.ts";
import { type Kill, undoCommand } from "./undo-command.ts";
import type { DownPlan, StateUndo } from "./wire.ts";

/** Between two looks for what may still come. */
const LOOK_MS = 250;
/** A compose command that its owner's death has left alone may still make something of the project for so long. */
const STRAGGLERS_MS = 3_000;

/** Undoing and taking down as they are done for good. What the daemon refuses is logged, and does not stop the rest. */
export function persistentDuties(
  api: DockerApi,
  patience: Patience,
  kill: Kill,
): Pick<Duties, "undo" | "takeDown"> {
  return {
    undo: async (undos, mayCome) => {
      for (const undo of undos) {
        const what = `${undo.do} ${undo.name}`;
        await unlessRefused(what, patience, () =>
          undo.do === "exec"
            ? undoCommand({ api, patience, kill }, undo, mayCome)
            : undoState(api, patience, undo, mayCome),
        );
      }
    },
    takeDown: (plan) => {
      const what = `take down ${plan.project}`;
      return unlessRefused(what, patience, () => takeAllDown(api, patience, plan));
    },
  };
}

async function undoState(
  api: DockerApi,
  patience: Patience,
  undo: StateUndo,
  mayCome: boolean,
): Promise<void> {
  const settle = mayCome ? await persist(() => settleMs(api, undo), patience) : 0;
  const until = performance.now() + settle;
  while ((await persist(() => undoOnce(api, undo), patience)) === "nothing") {
    if (performance.now() >= until || patience.isOver()) return;
    await pauseFor(LOOK_MS);
  }
  patience.log(`undone: ${undo.do} ${undo.name}`);
}

async function takeAllDown(api: DockerApi, patience: Patience, plan: DownPlan): Promise<void> {
  for (let emptyFrom = performance.now(); ; ) {
    if (await persist(() => takeDownOnce(api, plan), patience)) emptyFrom = performance.now();
    if (performance.now() - emptyFrom >= STRAGGLERS_MS || patience.isOver()) return;
    await pauseFor(LOOK_MS);
  }
}

async function unlessRefused(
  what: string,
  patience: Patience,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    patience.log(`cannot ${what}: ${thrown.message}`);
  }
}
