import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { serverSpec } from "../engines/contract/stack.ts";
import type { Plan } from "../model/plan.ts";
import { FREEZE } from "../runner/testing/freeze.ts";
import { httpServer } from "../tester/test-servers.ts";
import { mainTraffic, measuringPlan } from "./generated-plan.ts";
import { createHost } from "./host.ts";
import { runGroups } from "./run-scenarios.ts";
import { fakeHost } from "./testing/fake-host.ts";

const freeze = { ...FREEZE, end: { after: "time", ms: 60_000 } } as const;

test("an error that nobody catches, or a second signal, tells the harm that is held meanwhile: exit 5", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-groups-"));
  const { world } = createHost();
  const fake = fakeHost();
  const host = { ...fake, world: { ...world, cwd, stateHome: join(cwd, "state") } };
  const url = `http://127.0.0.1:${await httpServer((_, response) => response.end("ok"))}/`;
  const traffic = mainTraffic({ url, rate: 20, timeoutMs: 2000 });
  const measuring = measuringPlan(world, { name: "held", traffic, ms: 0 });
  const plan: Plan = { ...measuring, steps: [freeze] };
  const replicas = [serverSpec("app1")];
  const stack = { project: "held", file: null, directory: cwd, profiles: [], replicas };
  const request = { plans: [plan], loaded: { stack, engine: "dry" }, command: "aegis chaos run" };
  try {
    const run = runGroups(host, [{ ...request, flags: { waitTimeout: 1000 }, endless: false }], {});
    await vi.waitFor(() => expect(fake.err.join()).toContain("freeze#1: pause of app1"), 20_000);
    expect(fake.ends.report(new TypeError("undefined is no function"))).toBe(5);
    expect(fake.ends.leave()).toBe(5);
    const told = fake.err.filter((line) => line === "left behind: freeze#1 (pause of app1)");
    expect(told).toHaveLength(2);
    fake.signals.abort("SIGTERM");
    await run;
    expect(fake.exitCode).toBe(143);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
