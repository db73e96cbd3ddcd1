import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { showPlans } from "./show-plans.ts";
import { fakeHost } from "./testing/fake-host.ts";

test("a plan is shown without a trace: nothing is made below the state home", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-show-"));
  try {
    const host = fakeHost({ cwd });
    await showPlans(host, ["freeze"], { engine: "process", json: false });
    expect(host.out.join("\n")).toContain("engine");
    expect(existsSync(host.world.stateHome)).toBe(false);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
