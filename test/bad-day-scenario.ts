/** A short scenario for days on which something else goes wrong: little traffic, short phases, assertions that are lenient. */
export function badDay(
  steps: readonly string[] = [],
  { rate = "50/s", recovery = "1s", warmup = "300ms", assert = "main.success >= 20%" } = {},
): string {
  return `version: 1
name: bad day
traffic: { main: { url: http://balancer/, rate: ${rate}, timeout: 3s } }
phases: { warmup: ${warmup}, baseline: 1s, chaos: 1s, recovery: ${recovery} }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
${steps.length === 0 ? "" : `steps:\n${steps.map((step) => `  - ${step}`).join("\n")}`}
assert:
  - ${assert}
`;
}

/** A step that holds app1 frozen for so long that only an undoing ends it. */
export const LONG_FREEZE = "{ id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 60s }";
