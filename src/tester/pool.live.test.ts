import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { nowUs } from "./clock.ts";
import type { SettledRequest } from "./contract.ts";
import { dist, httpServer, TRIES } from "./test-servers.ts";
import { localTraffic, type Trial, trial } from "./trial.ts";

test("a server that becomes slow is sent everything when it is due", TRIES, async () => {
  const slowMs = 1500;
  let slow = false;
  const port = await httpServer((_, response) => {
    setTimeout(() => response.end(), slow ? slowMs : 0);
  });
  let from = 0;
  const result = await trial({
    dist,
    traffic: [localTraffic(port, { rate: 100, timeoutMs: slowMs + 500 })],
    play: async () => {
      await sleep(500);
      slow = true;
      from = nowUs();
      await sleep(2500);
    },
  });
  const requests = dueIn(result, from);
  expect(requests.filter(({ ok }) => !ok).length).toBeLessThan(5);
  // Held back until the first slow answer, a third of them would wait for up to 900 ms.
  expect(quantile(took(requests), 0.9)).toBeLessThan(slowMs + 300);
});

test("a slow server that was silent for longer than the timeout is well again", TRIES, async () => {
  let silent = false;
  const port = await httpServer((_, response) => {
    if (!silent) setTimeout(() => response.end(), 500);
  });
  let [from, until] = [0, 0];
  const result = await trial({
    dist,
    traffic: [localTraffic(port, { rate: 300, timeoutMs: 1000 })],
    play: async () => {
      await sleep(1000);
      silent = true;
      from = nowUs();
      await sleep(1200);
      silent = false;
      until = nowUs();
      await sleep(1500);
    },
  });
  const during = dueIn(result, from, until - 600_000);
  expect(new Set(during.map((request) => request.class))).toEqual(new Set(["timeout"]));
  const after = dueIn(result, until + 100_000);
  expect(after.length).toBeGreaterThan(300);
  expect(after.filter(({ ok }) => ok).length / after.length).toBeGreaterThan(0.8);
});

test("connections that found no room in a frozen server are made anew", TRIES, async () => {
  const serviceMs = 500;
  const server = await slowServer(serviceMs, 64);
  let [from, until] = [0, 0];
  const result = await trial({
    dist,
    traffic: [localTraffic(server.port, { rate: 100, timeoutMs: 9000 })],
    play: async () => {
      await sleep(1000);
      from = nowUs();
      server.signal("SIGSTOP");
      await sleep(3500);
      until = nowUs();
      server.signal("SIGCONT");
      await sleep(1000);
    },
  });
  const during = dueIn(result, from, until);
  expect(during.filter(({ ok }) => !ok)).toEqual([]);
  const excess = during.map(({ t, tookUs }) => (t + tookUs - (until - result.epoch)) / 1000);
  // At the pace at which TCP repeats its attempts, half would wait a second, and then for their answers.
  expect(quantile(excess, 0.75)).toBeLessThan(serviceMs * 1.7);
  const after = dueIn(result, until + 100_000);
  expect(quantile(took(after), 0.9)).toBeLessThan(serviceMs + 300);
});

/** The requests due between two moments of the world's clock. */
function dueIn(result: Trial, from: number, until = Number.POSITIVE_INFINITY): SettledRequest[] {
  const { epoch, requests } = result;
  return requests.filter(({ t }) => t + epoch >= from && t + epoch < until);
}

/** ms. */
function took(requests: readonly SettledRequest[]): number[] {
  return requests.map(({ tookUs }) => tookUs / 1000);
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? Number.NaN;
}

/** In a process of its own, so that it can be frozen; `backlog`: so many connections wait to be accepted at most. */
async function slowServer(serviceMs: number, backlog: number) {
  const program = `
    const { createServer } = require("node:http");
    const server = createServer((_, response) => setTimeout(() => response.end(), ${serviceMs}));
    server.listen({ port: 0, host: "127.0.0.1", backlog: ${backlog} }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const port = Number(String((await once(child.stdout, "data"))[0]));
  return { port, signal: (name: NodeJS.Signals) => child.kill(name) };
}
