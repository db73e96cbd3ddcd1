import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nowUs } from "./clock.ts";
import type { TesterRecord } from "./contract.ts";
import { Lane } from "./lane.ts";
import { requestTemplate } from "./template.ts";
import { answer, tcpServer, totals } from "./test-servers.ts";
import { localTraffic, ofType } from "./trial.ts";

test("a request that times out because every permitted socket is stuck is dropped, not failed", async () => {
  const port = await tcpServer(() => undefined);
  const { records, lane } = laneTo(port, 2);
  lane.warmUp();
  while (!lane.warm) await sleep(1);
  lane.begin(nowUs());
  while (lane.arrived < 60) {
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
  const { sent, dropped, errors } = totals({ records });
  expect(sent + dropped).toBe(lane.arrived);
  expect(errors).toEqual({ timeout: sent });
  expect(sent).toBeGreaterThanOrEqual(2);
  expect(dropped).toBeGreaterThan(sent);
  // Two sockets, each stuck for the 100 ms of a timeout, and some 300 ms.
  expect(sent).toBeLessThanOrEqual(12);
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

function laneTo(port: number, maxSockets: number) {
  const records: TesterRecord[] = [];
  const traffic = localTraffic(port, { rate: 200, timeoutMs: 100 });
  const lane = new Lane({
    traffic,
    target: { origin: traffic.url, host: "127.0.0.1", port, tls: null },
    template: requestTemplate(traffic, "run"),
    epoch: Math.floor(nowUs()),
    maxSockets,
    mutant: null,
    mask: (text) => text,
    emit: (record) => records.push(record),
    onRequest: null,
  });
  return { records, lane };
}
