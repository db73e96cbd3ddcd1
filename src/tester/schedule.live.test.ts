import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { answer, dist, httpServer, sendTo, TRIES, tcpServer, totals } from "./test-servers.ts";
import { localTraffic, merged, ofType, summariesOf, trial } from "./trial.ts";

/** As the user writes it. */
const ID = "$" + "{request.id}";

test("every arrival of the schedule is sent, none twice, under ids the server has seen", async () => {
  const seen: string[] = [];
  const port = await httpServer((request, response) => {
    seen.push(String(request.headers["x-request-id"]));
    response.end();
  });
  const outcome = await sendTo(port, { rate: 800 }, { ms: 1000 });
  const least = Math.floor(((outcome.stoppedAfter - outcome.start) * 800) / 1e6) + 1;
  const most = Math.floor(((outcome.stoppedBefore - outcome.start) * 800) / 1e6) + 1;
  expect(outcome.sent).toBeGreaterThanOrEqual(least);
  expect(outcome.sent).toBeLessThanOrEqual(most);
  const expected = Array.from({ length: outcome.sent }, (_, n) => `trial-main-${n}`);
  expect(new Set(seen)).toEqual(new Set(expected));
  expect(seen).toHaveLength(outcome.sent);
  expect(summariesOf(outcome)[0]).toMatchObject({
    kind: "summary",
    traffic: "main",
    planned: outcome.sent,
    sent: outcome.sent,
    dropped: 0,
    wanted: 800,
  });
});

test("a request carries its id in body and headers, and a trace of its own", async () => {
  const bodies = new Map<string, string>();
  const traces = new Set<string>();
  const port = await httpServer(async (request, response) => {
    const body = await request.setEncoding("utf8").toArray();
    const { "x-request-id": id, "x-order": order, traceparent, host } = request.headers;
    bodies.set(String(id), `${request.method} ${host} ${order} ${body.join("")}`);
    traces.add(String(traceparent));
    response.end();
  });
  const { sent } = await sendTo(port, {
    url: "http://shop.test/orders?a=1",
    connect: { host: "127.0.0.1", port },
    method: "POST",
    headers: { "x-order": `order-${ID}` },
    body: `{"id":"${ID}"}`,
  });
  expect(bodies.size).toBe(sent);
  for (const [id, text] of bodies) {
    expect(text).toBe(`POST shop.test order-${id} {"id":"${id}"}`);
  }
  expect(traces.size).toBe(sent);
  for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test("answers are counted by the replica and version that they name", async () => {
  let n = 0;
  const port = await httpServer((_, response) => {
    response
      .setHeader("X-Replica", `app${1 + (n++ % 2)}`)
      .setHeader("X-Version", "v7")
      .end();
  });
  const identify = { replica: "x-replica", version: "x-version" };
  const outcome = await sendTo(port, { identify, rate: 100 });
  const replicas = ofType(outcome, "bucket").map((bucket) => bucket.replicas);
  expect(replicas.reduce((sum, each) => sum + (each["app1"] ?? 0) + (each["app2"] ?? 0), 0)).toBe(
    outcome.sent,
  );
  expect(outcome.requests.every(({ version }) => version === "v7")).toBe(true);
});

test("the fresh share goes on a new connection each, evenly, and is counted apart", async () => {
  const connections = new Map<unknown, number>();
  const closing: string[] = [];
  const port = await httpServer((request, response) => {
    connections.set(request.socket, (connections.get(request.socket) ?? 0) + 1);
    if (request.headers.connection === "close")
      closing.push(String(request.headers["x-request-id"]));
    response.end();
  });
  const outcome = await sendTo(port, { rate: 200, fresh: 0.25, timeoutMs: 2000 }, { ms: 600 });
  const fresh = ofType(outcome, "bucket").reduce((sum, bucket) => sum + bucket.fresh.sent, 0);
  expect(fresh).toBe(Math.floor(outcome.sent / 4));
  expect(closing.map((id) => Number(id.split("-").at(-1)) % 4)).toEqual(Array(fresh).fill(3));
  expect(outcome.ok).toBe(outcome.sent);
  const reused = [...connections.values()].filter((count) => count > 1);
  expect(reused.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(outcome.sent / 3);
  expect(connections.size).toBeGreaterThanOrEqual(fresh);
});

test(
  "a timeout counts from the due time, also for requests that never got a connection",
  TRIES,
  async () => {
    // Frozen with a short backlog: few connections open, the rest of the requests waits in the tester's queue.
    const server = await standIn(4);
    server.signal("SIGSTOP");
    const outcome = await sendTo(server.port, { rate: 300, timeoutMs: 400 }, { ms: 1000 });
    server.signal("SIGKILL");
    const connected = summariesOf(outcome)[0] as { connections: { opened: number } };
    expect(connected.connections.opened).toBeLessThan(outcome.sent / 4);
    expect(outcome.errors).toEqual({ timeout: outcome.sent });
    // That it lets nobody in is the server's doing, and none of ours.
    expect(merged(outcome, "lateness").quantile(0.5)).toBeLessThan(100_000);
    const late = merged(outcome, "lateness").max / 1000;
    for (const { tookUs } of outcome.requests) {
      expect(tookUs / 1000).toBeGreaterThanOrEqual(400);
      expect(tookUs / 1000).toBeLessThan(500 + late);
    }
  },
);

test("connections that hang hold up only the requests that are on them", async () => {
  const port = await tcpServer((socket, _, connection) => {
    if (connection % 3 !== 0) socket.write(answer("ok"));
  });
  const outcome = await sendTo(port, { rate: 150, timeoutMs: 1500 }, { ms: 2500 });
  expect(Object.keys(outcome.errors)).toEqual(["timeout"]);
  expect(outcome.errors.timeout).toBeGreaterThan(3);
  expect(outcome.dropped).toBe(0);
  // A request behind a stuck one would take most of the timeout.
  expect(merged(outcome, "latency").quantile(0.75)).toBeLessThan(700_000);
});

test("stalls of the main thread do not make requests late, and lose no record", async () => {
  const server = await standIn(511);
  const result = await trial({
    dist,
    traffic: [localTraffic(server.port, { rate: 500 })],
    play: async () => {
      // In this thread a quarter of all requests would be late by 280 ms or more.
      for (let i = 0; i < 4; i++) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
        await sleep(50);
      }
    },
  });
  server.signal("SIGKILL");
  expect(merged(result, "lateness").quantile(0.75)).toBeLessThan(140_000);
  const { sent } = totals(result);
  expect(new Set(result.requests.map(({ id }) => id)).size).toBe(sent);
  expect(summariesOf(result)[0]).toMatchObject({ planned: sent, lost: 0 });
});

test("several traffics keep their own schedules, ids and records in one thread", async () => {
  const port = await httpServer((_, response) => response.end());
  const result = await trial({
    dist,
    traffic: [
      localTraffic(port, { name: "fast", rate: 400 }),
      localTraffic(port, { name: "slow", rate: 20 }),
    ],
    play: () => sleep(1000),
  });
  const sent = (name: string) =>
    ofType(result, "bucket")
      .filter(({ traffic }) => traffic === name)
      .reduce((sum, bucket) => sum + bucket.sent, 0);
  expect(sent("fast") / sent("slow")).toBeGreaterThan(16);
  expect(sent("fast") / sent("slow")).toBeLessThan(24);
  expect(summariesOf(result)).toHaveLength(2);
});

test("what is written does not depend on how many requests were sent", async () => {
  const port = await httpServer((_, response) => response.end());
  const slow = await sendTo(port, { rate: 50, timeoutMs: 5000 }, { ms: 1000 });
  const fast = await sendTo(port, { rate: 1500, timeoutMs: 5000 }, { ms: 1000 });
  expect(fast.sent / slow.sent).toBeGreaterThan(20);
  expect(ofType(fast, "bucket").length).toBeLessThan(ofType(slow, "bucket").length * 1.5 + 2);
});

test("stop waits for what is in flight", async () => {
  const port = await httpServer((_, response) => setTimeout(() => response.end(), 400));
  const { sent, ok, errors } = await sendTo(port, { rate: 100, timeoutMs: 3000 }, { ms: 300 });
  expect(errors).toEqual({});
  expect(ok).toBe(sent);
});

test("secrets are masked in what failures say", async () => {
  const port = await httpServer((_, response) => response.end("nothing"));
  const expectation = { status: [{ from: 200, to: 200 }], body: "token hunter2" };
  const outcome = await sendTo(port, { expect: expectation }, { secrets: ["hunter2"] });
  expect(JSON.stringify(outcome.records)).not.toContain("hunter2");
  expect(ofType(outcome, "sample")[0]?.detail).toContain("token ***");
});

test("precise mode sends the same schedule", async () => {
  const port = await httpServer((_, response) => response.end());
  const { sent, ok, start, stoppedAfter } = await sendTo(
    port,
    { rate: 1000, precise: true, timeoutMs: 3000 },
    { ms: 600 },
  );
  expect(ok).toBe(sent);
  expect(sent).toBeGreaterThanOrEqual(Math.floor((stoppedAfter - start) / 1000) + 1);
});

test("a stall of the tester itself beyond the timeout is noted, with its times", async () => {
  const port = await httpServer((_, response) => response.end());
  const program = `
    import { trial, localTraffic, ofType } from "${dist}/src/tester/trial.js";
    const result = await trial({
      dist: ${JSON.stringify(dist)},
      traffic: [localTraffic(${port}, { timeoutMs: 200 })],
      play: async () => { console.log("playing"); await new Promise((resolve) => process.stdin.once("data", resolve)); },
    });
    console.log(JSON.stringify(ofType(result, "note")));
    process.exit();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const first = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  expect(String(first[0])).toBe("playing\n");
  child.kill("SIGSTOP");
  await sleep(600);
  child.kill("SIGCONT");
  await sleep(300);
  child.stdin.write("end\n");
  const notes = JSON.parse(String((await once(child.stdout, "data"))[0]));
  const stall = notes.find((note: { facts: { kind: string } }) => note.facts.kind === "stall");
  expect(stall.facts.to - stall.facts.from).toBeGreaterThan(400_000);
});

/** A server in a process of its own, for tests that freeze it or block this one. */
async function standIn(backlog: number) {
  const directory = await mkdtemp(join(tmpdir(), "aegis-standin-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const program = join(dist, "src", "tester", "selftest-server.js");
  const child = spawn(process.execPath, [program, "0", join(directory, "log"), String(backlog)]);
  const port = Number(String((await once(child.stdout, "data"))[0]));
  return { port, signal: (name: NodeJS.Signals) => child.kill(name) };
}
