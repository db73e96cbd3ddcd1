import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { AegisError } from "../kit/errors.ts";
import type { InsideProgram } from "../model/inside.ts";
import { nowUs } from "./clock.ts";
import type { SettledRequest, TesterRecord } from "./contract.ts";
import { createDistantTester } from "./distant-tester.ts";
import { dist, httpServer } from "./test-servers.ts";
import { localTraffic } from "./trial.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };

test("measures as the one here does, in times of our clock", async () => {
  const seen = new Set<string>();
  const port = await httpServer((request, response) => {
    seen.add(String(request.headers["x-request-id"]));
    response.end();
  });
  const { tester, records, requests, epoch, program } = distantTester(port);
  const before = nowUs() - epoch;
  const start = await tester.start();
  expect(start).toBeGreaterThanOrEqual(before);
  expect(start).toBeLessThanOrEqual(nowUs() - epoch + 1_000_000);
  await sleep(600);
  await tester.stop();
  const buckets = records.filter((record) => record.type === "bucket");
  const sent = buckets.reduce((sum, bucket) => sum + bucket.sent, 0);
  expect(buckets.reduce((sum, bucket) => sum + bucket.ok, 0)).toBe(sent);
  expect(sent).toBeGreaterThan(100);
  expect(seen).toEqual(new Set(Array.from({ length: sent }, (_, n) => `trial-main-${n}`)));
  expect(requests.map(({ id }) => id).sort()).toEqual([...seen].sort());
  expect(program.exitCode).not.toBe(null);
});

test("answers are told by source from there too, where that is asked for", async () => {
  const port = await httpServer((_, response) => {
    response.setHeader("x-replica", "app1").setHeader("x-version", "v2").end();
  });
  const identify = { replica: "x-replica", version: "x-version" };
  const { tester, records } = distantTester(port, { identify }, true);
  await tester.start();
  await sleep(300);
  await tester.stop();
  const buckets = records.filter((record) => record.type === "bucket");
  expect(buckets.length).toBeGreaterThan(0);
  for (const { ok, latency, sources } of buckets) {
    expect(sources).toEqual([{ replica: "app1", version: "v2", ok, failed: 0, latency }]);
  }
});

test("what the thread refuses is refused here, with the same words", async () => {
  const port = await httpServer((_, response) => response.end());
  const { tester } = distantTester(port, { url: `https://127.0.0.1:${port}/`, ca: "/no/such.pem" });
  await expect(tester.start()).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringContaining("/no/such.pem"),
  });
  await tester.stop();
});

test("a program that is killed is told once, and the stop ends all the same", async () => {
  const port = await httpServer((_, response) => response.end());
  const { tester, lost, program } = distantTester(port);
  await tester.start();
  program.kill("SIGKILL");
  await vi.waitFor(() => expect(lost).toHaveLength(1), PATIENCE);
  expect(lost[0]).toContain("the program");
  await tester.stop();
  expect(lost).toHaveLength(1);
});

test("the program ends when nobody is there any more", async () => {
  const port = await httpServer((_, response) => response.end());
  const { tester, program } = distantTester(port);
  await tester.start();
  program.stdin?.end();
  await vi.waitFor(() => expect(program.exitCode).toBe(0), PATIENCE);
});

function distantTester(
  port: number,
  changes: Parameters<typeof localTraffic>[1] = {},
  bySource = false,
) {
  const child = spawn(process.execPath, [join(dist, "src", "tester", "program.js")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const records: TesterRecord[] = [];
  const requests: SettledRequest[] = [];
  const lost: string[] = [];
  const epoch = nowUs();
  const tester = createDistantTester({
    launch: async () => programOf(child),
    traffic: [localTraffic(port, changes)],
    epoch,
    run: "trial",
    secrets: [],
    bySource,
    onRecord: (record) => records.push(record),
    onRequest: (request) => requests.push(request),
    onLost: (reason) => lost.push(reason),
  });
  return { tester, records, requests, lost, epoch, program: child };
}

function programOf(child: ChildProcess): InsideProgram {
  if (child.stdin === null || child.stdout === null)
    throw new AegisError("ENVIRONMENT", "no pipes");
  const { stdin, stdout } = child;
  stdin.on("error", () => undefined);
  // What a way to a container's stdin may put in front.
  stdin.write('{"stream":true,"stdin":true}null\n{"stream":true}\n\n');
  return {
    name: "the program",
    send: (line) => void stdin.write(`${line}\n`),
    lines: createInterface({ input: stdout }),
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      stdin.end();
      await gone;
    },
  };
}
