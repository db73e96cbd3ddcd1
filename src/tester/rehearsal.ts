import { type AddressInfo, createServer, type Server } from "node:net";
import { nowUs } from "./clock.ts";
import type { TesterRecord, TesterTraffic } from "./contract.ts";
import { Lane } from "./lane.ts";
import { requestTemplate } from "./template.ts";

const LONGEST_US = 1_500_000;
/** What was compiled for the first lane alone is thrown away at the second; few requests get nothing compiled. */
const MOST_LANES = 4;
const REQUESTS_PER_LANE = 500;
const SOCKETS = 32;
const UPKEEP_US = 10_000;

/**
 * Sends `count` requests like those of the run to a server of our own on loopback, at most for 1.5 s; returns how many
 * were answered as expected. The first requests of a process cost many times the later ones (code is loaded and
 * compiled): that must not look like lateness or latency of the run. So they go through what the run's go through, by
 * several lanes: V8 compiles for what it has seen.
 */
export async function rehearse(
  traffic: readonly TesterTraffic[],
  count: number,
  bySource: boolean,
): Promise<number> {
  const over = deadline();
  let answered = 0;
  const lanes = Math.max(1, Math.min(MOST_LANES, Math.floor(count / REQUESTS_PER_LANE)));
  for (let n = 0; n < lanes && !over(); n++) {
    const like = traffic[n % traffic.length];
    if (like === undefined) break;
    answered += await rehearseOne(like, Math.ceil(count / lanes), bySource, over);
  }
  return answered;
}

async function rehearseOne(
  like: TesterTraffic,
  count: number,
  bySource: boolean,
  over: () => boolean,
): Promise<number> {
  const server = await answering(like);
  // Without a loopback address there is no rehearsal, and nothing else is lost.
  if (server === null) return 0;
  let answered = 0;
  const lane = laneTo((server.address() as AddressInfo).port, like, bySource, (record) => {
    if (record.type === "bucket") answered += record.ok;
  });
  lane.warmUp();
  while (!lane.warm && !over()) await turn();
  const start = nowUs();
  lane.begin(start);
  let upkeepAt = start;
  // All due already: as fast as answers come.
  while (!over() && (lane.arrived < count || !lane.idle)) {
    const last = Math.min(lane.arrived + SOCKETS, count) - 1;
    lane.sendDue(start + last * lane.interval);
    const now = nowUs();
    if (now - upkeepAt >= UPKEEP_US) {
      upkeepAt = now;
      lane.tick(now);
    }
    await turn();
  }
  lane.end(0);
  server.close();
  return answered;
}

function laneTo(
  port: number,
  like: TesterTraffic,
  bySource: boolean,
  emit: (record: TesterRecord) => void,
): Lane {
  const traffic: TesterTraffic = {
    ...like,
    url: `http://127.0.0.1:${port}/`,
    headers: {},
    // Short, so that it comes in one piece with its head.
    body: like.body === null ? null : "rehearsal",
    rate: 20_000,
    timeoutMs: LONGEST_US / 1000,
    expect: { ...like.expect, status: [{ from: 200, to: 200 }] },
    // All at once, they must fit the queue of connections that wait to be accepted.
    fresh: Math.min(like.fresh, 0.1),
    ca: null,
  };
  return new Lane({
    traffic,
    target: { origin: `http://127.0.0.1:${port}`, host: "127.0.0.1", port, tls: null },
    template: requestTemplate(traffic, "rehearsal"),
    epoch: nowUs(),
    maxSockets: SOCKETS,
    bySource,
    mutant: null,
    mask: (text) => text,
    emit,
    onRequest: null,
  });
}

/** One request at a time comes on each connection, in one piece. */
function answering({ method, expect, identify }: TesterTraffic): Promise<Server | null> {
  const body = expect.body ?? "ok";
  const names = [identify.replica, identify.version].filter((name) => name !== null);
  const answer = [
    "HTTP/1.1 200 OK",
    "server: rehearsal",
    "content-type: text/plain",
    `content-length: ${Buffer.byteLength(body)}`,
    ...names.map((name) => `${name}: rehearsal`),
    "connection: keep-alive",
    "",
    method === "HEAD" ? "" : body,
  ].join("\r\n");
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write(answer));
    });
    server.once("error", () => resolve(null));
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function deadline(): () => boolean {
  const began = nowUs();
  return () => nowUs() - began > LONGEST_US;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
