import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nowUs } from "./clock.ts";
import type { TesterRecord } from "./contract.ts";
import { Lane } from "./lane.ts";
import { requestTemplate } from "./template.ts";
import { answer, tcpServer, totals } from "./test-servers.ts";
import { localTraffic, merged, ofType } from "./trial.ts";

test("a request that times out because every permitted socket is stuck is dropped, not failed", async () => {
  const port = await tcpServer(() => undefined);
  const { records, lane } = laneTo(port, 2);
  lane.warmUp();
  while (!lane.warm) await sleep(1);
  const began = nowUs();
  lane.begin(began);
  while (lane.arrived < 60) {
    lane.sendDue(nowUs());
    lane.tick(nowUs());
    await sleep(1);
  }
  const stopped = nowUs();
  lane.stop(stopped);
  while (!lane.idle) {
    lane.tick(nowUs());
    await sleep(1);
  }
  lane.end(0);
  const { sent, dropped, errors } = totals({ records });
  expect(sent + dropped).toBe(lane.arrived);
  expect(errors).toEqual({ timeout: sent });
  expect(sent).toBeGreaterThanOrEqual(2);
  expect(dropped).toBeGreaterThan(sent);
  // Two sockets, each stuck for the 100 ms of a timeout.
  expect(sent).toBeLessThanOrEqual(2 * (1 + Math.ceil((stopped - began) / 100_000)));
  expect(ofType({ records }, "note")[0]?.facts).toMatchObject({
    planned: lane.arrived,
    sent,
    dropped,
  });
});

test("what a stall of the tester kept from being sent within its timeout is dropped, not failed", async () => {
  const port = await tcpServer((socket) => socket.write(answer("ok")));
  const { records, lane } = laneTo(port, 64);
  lane.warmUp();
  while (!lane.warm) await sleep(1);
  // As if the loop had stood still for the first second: 200 arrivals at 5 ms, each with 100 ms to live.
  lane.begin(nowUs() - 1_000_000);
  lane.stop(nowUs());
  while (!lane.idle) {
    lane.tick(nowUs());
    await sleep(1);
  }
  lane.end(0);
  const { sent, dropped } = totals({ records });
  expect(sent + dropped).toBe(lane.arrived);
  expect(lane.arrived).toBeGreaterThanOrEqual(200);
  expect(dropped).toBeGreaterThanOrEqual(180);
});

test("what waits for one of few permitted sockets is late by our doing, not slow by the server's", async () => {
  const serviceMs = 100;
  const port = await tcpServer((socket) => setTimeout(() => socket.write(answer("ok")), serviceMs));
  // Ten sockets carry 100 of these a second: of 200/s, all but the first wait, longer and longer.
  const { records, lane } = laneTo(port, 10, 5000);
  lane.warmUp();
  while (!lane.warm) await sleep(1);
  lane.begin(nowUs());
  while (lane.arrived < 200) {
    lane.sendDue(nowUs());
    lane.tick(nowUs());
    await sleep(1);
  }
  lane.stop(nowUs());
  while (!lane.idle) {
    lane.tick(nowUs());
    await sleep(1);
  }
  lane.end(0);
  const [latency, lateness] = [merged({ records }, "latency"), merged({ records }, "lateness")];
  expect(latency.total).toBe(lane.arrived);
  expect(lateness.total).toBe(lane.arrived);
  for (const q of [0.5, 0.9, 1]) {
    const waited = latency.quantile(q) - serviceMs * 1000;
    expect(waited).toBeGreaterThan(200_000);
    expect(lateness.quantile(q)).toBeGreaterThan(waited * 0.7);
  }
});

function laneTo(port: number, maxSockets: number, timeoutMs = 100) {
  const records: TesterRecord[] = [];
  const traffic = localTraffic(port, { rate: 200, timeoutMs });
  const lane = new Lane({
    traffic,
    target: { origin: traffic.url, host: "127.0.0.1", port, tls: null },
    template: requestTemplate(traffic, "run"),
    epoch: Math.floor(nowUs()),
    maxSockets,
    bySource: false,
    mutant: null,
    mask: (text) => text,
    emit: (record) => records.push(record),
    onRequest: null,
  });
  return { records, lane };
}
