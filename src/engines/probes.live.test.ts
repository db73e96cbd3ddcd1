import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { probeHttp, probeReady } from "./probes.ts";

const LIMIT_MS = 300;
const HOST = "127.0.0.1";

/** A server with an event loop of its own, which answers however long ours sleeps. */
async function startServer(): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:http").createServer((_, response) => response.end());
     server.listen(0, "${HOST}", () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = await once(worker, "message");
  return port;
}

/** It answers no request but those from the `answers`-th on. */
async function startSilentServer(
  answers = Number.POSITIVE_INFINITY,
): Promise<{ port: number; server: Server }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (asked >= answers) response.end();
  }).listen(0, HOST);
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

function sleepThrough(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("an answer that came while we slept was in time", async () => {
  const port = await startServer();
  for (const turns of [0, 1, 2]) {
    const result = probeHttp({ host: HOST, port }, "/ready", LIMIT_MS, null);
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    sleepThrough(3 * LIMIT_MS);
    expect(await result).toMatchObject({ ok: true, detail: "GET /ready answered 200" });
  }
});

test("silence is found out after the limit, and not before", async () => {
  const { port } = await startSilentServer();
  const from = performance.now();
  const result = await probeHttp({ host: HOST, port }, "/ready", LIMIT_MS, null);
  expect(result).toMatchObject({
    ok: false,
    reached: true,
    detail: `GET /ready did not answer within ${LIMIT_MS} ms`,
  });
  expect(performance.now() - from).toBeGreaterThanOrEqual(LIMIT_MS - 10);
});

test("one silence alone says nothing of whether a replica is ready", async () => {
  const { port } = await startSilentServer(2);
  const result = await probeReady({ host: HOST, port }, "/ready", null);
  expect(result).toMatchObject({ ok: true, silent: false });
});

test("the second silence in a row does", async () => {
  const { port } = await startSilentServer(3);
  const result = await probeReady({ host: HOST, port }, "/ready", null);
  expect(result).toMatchObject({
    ok: false,
    silent: true,
    detail: "GET /ready did not answer within 700 ms, twice",
  });
});

test("what a replica says is believed at once", async () => {
  const refusing = createServer((_, response) => response.writeHead(503).end());
  onTestFinished(() => void refusing.close());
  await once(refusing.listen(0, HOST), "listening");
  const { port } = refusing.address() as AddressInfo;
  let asked = 0;
  refusing.on("request", () => {
    asked += 1;
  });
  const result = await probeReady({ host: HOST, port }, "/ready", null);
  expect([result.detail, asked]).toEqual(["GET /ready answered 503", 1]);
});
