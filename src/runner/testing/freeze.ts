import type { StepPlan } from "../../model/plan.ts";

/** A step that freezes app1 at once, and thaws it only when the run is over. */
export const FREEZE: StepPlan = {
  id: "freeze",
  kind: "pause",
  role: "fault",
  needs: ["lifecycle"],
  held: true,
  target: { by: "replica", replica: "app1" },
  params: {},
  start: { at: "time", ms: 0 },
  end: null,
  repeat: null,
  ifUnsupported: "fail",
  irreversible: false,
  line: 1,
};
