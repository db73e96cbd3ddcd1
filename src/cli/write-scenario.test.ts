import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeHost } from "./testing/fake-host.ts";
import { writeScenario } from "./write-scenario.ts";

test("of a command, what is to be typed next names the command and how many of it", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-init-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const host = fakeHost({ cwd });
  const how = { out: "chaos.yaml", url: "/", probe: false, force: false };
  await writeScenario(host, { ...how, cmd: "node server.js", replicas: 2 });
  expect(host.out.join("")).toContain(
    "aegis chaos run chaos.yaml --cmd 'node server.js' --replicas 2",
  );
});
