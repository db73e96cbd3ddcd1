import { type AddressInfo, createServer, type Server } from "node:net";
import { nowUs } from "./clock.ts";
import type { TesterTraffic } from "./contract.ts";
import { Lane } from "./lane.ts";
import { requestTemplate } from "./template.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nx-replica: r\r\nx-version: v\r\ncontent-length: 2\r\n\r\nok";
const RATE = 20_000;
const LONGEST_US = 500_000;

/**
 * Sends `count` requests to a server of our own on loopback and forgets the results. The first requests of a process
 * cost many times the later ones (code is loaded and compiled): that must not look like lateness or latency of the run.
 */
export async function rehearse(count: number): Promise<void> {
  const server = await answering();
  // Without a loopback address there is no rehearsal, and nothing else is lost.
  if (server === null) return;
  const lane = laneTo((server.address() as AddressInfo).port);
  const began = nowUs();
  const over = () => nowUs() - began > LONGEST_US;
  lane.warmUp();
  while (!lane.warm && !over()) await turn();
  const interval = 1e6 / RATE;
  const start = nowUs();
  lane.begin(start);
  // All due already: as fast as answers come.
  while (lane.arrived < count && !over()) {
    lane.sendDue(Math.min(start + (lane.arrived + 32) * interval, start + count * interval));
    await turn();
  }
  while (!lane.idle && !over()) await turn();
  lane.end(0);
  server.close();
}

function laneTo(port: number): Lane {
  const traffic: TesterTraffic = {
    name: "rehearsal",
    url: `http://127.0.0.1:${port}/`,
    connect: null,
    method: "GET",
    headers: {},
    body: null,
    rate: RATE,
    timeoutMs: 1000,
    expect: { status: [{ from: 200, to: 200 }], body: "ok" },
    fresh: 0.01,
    ca: null,
    precise: false,
    identify: { replica: "x-replica", version: "x-version" },
  };
  return new Lane({
    traffic,
    target: { origin: `http://127.0.0.1:${port}`, host: "127.0.0.1", port, tls: null },
    template: requestTemplate(traffic, "rehearsal"),
    epoch: nowUs(),
    maxSockets: 64,
    mutant: null,
    mask: (text) => text,
    emit: () => undefined,
    onRequest: null,
  });
}

/** One request at a time comes on each connection, in one piece. */
function answering(): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write(ANSWER));
    });
    server.once("error", () => resolve(null));
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
