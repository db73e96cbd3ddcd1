import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseServerLog } from "../../src/tester/selftest-checks.ts";
import { startTester } from "../child.ts";
import { end, type Running, start } from "../command.ts";
import { pinned } from "../machine.ts";
import type { Bench, Part } from "../part.ts";

const RATE = 1000;
const SECONDS = 5;
const BEFORE_MS = 2000;
const DOWN_MS = 500;
const BACKLOG = 511;

/** Is the outage of a killed server as long as the server's own log says? */
export const kill: Part = {
  name: "kill",
  title: `a server is killed for some ${DOWN_MS} ms under ${RATE.toLocaleString("en")}/s: against its own log`,
  run: async (bench) => {
    for (let round = 1; round <= bench.options.rounds; round++) {
      bench.tell(`round ${round}`);
      await killOnce(bench, round);
    }
  },
};

async function killOnce(
  { directory, packageRoot, figures, keep }: Bench,
  round: number,
): Promise<void> {
  const home = mkdtempSync(join(directory, "kill-"));
  const logFile = join(home, "server.log");
  const launch = (port: number): Running => {
    const program = join(packageRoot, "dist", "src", "tester", "selftest-server.js");
    const args = [program, String(port), logFile, String(BACKLOG)];
    return start(pinned(0, [process.execPath, ...args]), { stdin: "pipe" });
  };
  let server = launch(0);
  try {
    const port = Number(await server.firstLine);
    const job = { port, rate: RATE, precise: false, seconds: SECONDS, stallMs: 0 };
    const { result } = await startTester({ ...job, directory: home });
    await sleep(BEFORE_MS);
    const killedAt = Number(process.hrtime.bigint()) / 1000;
    await end(server);
    await sleep(DOWN_MS);
    server = launch(port);
    const told = await result;
    const { listening, answered } = parseServerLog(readFileSync(logFile, "utf8"));
    const upAgain = listening[1] ?? Number.NaN;
    const lastAnswer = Math.max(...[...answered.values()].filter((at) => at < upAgain));
    const truth = (upAgain - Math.max(killedAt, lastAnswer)) / 1000;
    const { outage } = told;
    const length = outage === null ? 0 : (outage.until - outage.from) / 1000;
    keep({ round, killedAt, lastAnswer, upAgain, truthMs: truth, ...told });
    const limit = 1000 / RATE + 5;
    const shown = { unit: "ms", goal: null, judged: "median" } as const;
    figures.add(
      { ...shown, name: "outage, distance from the truth", goal: { op: "<=", limit } },
      Math.abs(length - truth),
    );
    figures.add({ ...shown, name: "outage" }, length);
    figures.add({ ...shown, name: "outage by the server's log" }, truth);
  } finally {
    await end(server);
  }
}
