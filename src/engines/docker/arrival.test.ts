import { expect, test } from "vitest";
import { allArrive } from "./arrival.ts";
import type { Project } from "./project.ts";
import type { Watch } from "./watch.ts";

test("a start and the death after it, told at once, are no arrival", async () => {
  const record = {
    key: "web",
    spec: { name: "web", ready: "running", restart: { mode: "always" } },
    basis: "running",
    state: "running",
    instance: "container/7",
    lastExit: null as { code: number; signal: null } | null,
    deaths: 0,
    view: () => ({ ready: record.state === "running" }),
  };
  const settle: Watch["settle"] = async (holds) => {
    if (record.deaths === 1) record.deaths = 3;
    expect(holds()).toBe(true);
    // Before whoever waits gets its turn.
    if (record.deaths > 0) return;
    Object.assign(record, { state: "restarting", instance: null, deaths: 1 });
    record.lastExit = { code: 3, signal: null };
  };
  const watch = { records: [record], reach: { why: null }, settle } as unknown as Watch;
  const project = { stack: { replicas: [], file: null } } as unknown as Project;
  const arriving = allArrive(project, watch, {
    timeoutMs: 1000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    deathsBefore: new Map(),
  });
  await expect(arriving).rejects.toThrow("web exited with code 3, 3 times in a row");
});
