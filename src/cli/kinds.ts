import { kinds as faults } from "../faults/index.ts";
import type { StepKind } from "../model/kind.ts";
import { rollout } from "../rollout/kind.ts";

/** All step kinds, as parser, runner and heal are given them. */
export const kinds: readonly StepKind[] = [...faults, rollout];
