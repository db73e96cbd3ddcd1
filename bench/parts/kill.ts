import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, startTester } from "../child.ts";
import { end } from "../command.ts";
import { listensOf } from "../kill-server.ts";
import { freePort } from "../nginx.ts";
import type { Bench, Part } from "../part.ts";

const RATE = 1000;
const INTERVAL_MS = 1000 / RATE;
const SECONDS = 5;
const BEFORE_MS = 2000;
const DOWN_MS = 500;

/** Is the outage of a killed server as long as the server's own log says? */
export const kill: Part = {
  name: "kill",
  title: `a server is killed for ${DOWN_MS} ms under ${RATE.toLocaleString("en")}/s: against its own log`,
  run: async (bench) => {
    for (let round = 1; round <= bench.options.rounds; round++) {
      bench.tell(`round ${round}`);
      await killOnce(bench, round);
    }
  },
};

async function killOnce({ directory, figures, keep }: Bench, round: number): Promise<void> {
  const home = mkdtempSync(join(directory, "kill-"));
  const job = { port: await freePort(), logFile: join(home, "server.log") };
  const server = await startServer(job);
  const next = await startServer(job);
  try {
    server.listen();
    await server.listening;
    const traffic = { port: job.port, rate: RATE, precise: false, seconds: SECONDS, stallMs: 0 };
    const { result } = await startTester({ ...traffic, directory: home });
    await sleep(BEFORE_MS);
    const killedAt = Number(process.hrtime.bigint()) / 1000;
    await end(server.running);
    await sleep(DOWN_MS);
    next.listen();
    const told = await result;
    const truth = truthOf(readFileSync(job.logFile, "utf8"), killedAt);
    const { outage } = told;
    const length = outage === null ? 0 : (outage.until - outage.from) / 1000;
    keep({ round, killedAt, truth, ...told });
    const shown = { unit: "ms", goal: null, judged: "median" } as const;
    const goal = { op: "<=", limit: INTERVAL_MS + 5 } as const;
    const off = Math.max(0, truth.shortest - length, length - truth.longest);
    figures.add({ ...shown, name: "outage, distance from the truth", goal }, off);
    figures.add({ ...shown, name: "outage" }, length);
    figures.add({ ...shown, name: "by the server's log, at least" }, truth.shortest);
    figures.add({ ...shown, name: "by the server's log, at most" }, truth.longest);
  } finally {
    await Promise.all([end(server.running), end(next.running)]);
  }
}

/** ms: from the kill to somewhere between asking the system to listen and knowing that it does. */
function truthOf(text: string, killedAt: number): { shortest: number; longest: number } {
  const again = listensOf(text)[1] ?? { from: Number.NaN, to: Number.NaN };
  return { shortest: (again.from - killedAt) / 1000, longest: (again.to - killedAt) / 1000 };
}
