import type { StepKind } from "../model/kind.ts";
import { crash } from "./crash.ts";
import { exec } from "./exec.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";
import { remove } from "./remove.ts";
import { restart } from "./restart.ts";
import { stop } from "./stop.ts";
import { wait } from "./wait.ts";

/** Every kind of step that harms, and the two that only pass time or run something. A new one is a file and a line here. */
export const kinds: readonly StepKind[] = [crash, kill, stop, restart, pause, remove, exec, wait];
