import { startTester } from "../child.ts";
import { startNginx } from "../nginx.ts";
import type { Part } from "../part.ts";

const STALL_MS = 25;
const RATE = 5000;

/** What a main thread that is busy (reports, a dashboard, parsing) does to the tester's punctuality. */
export const stall: Part = {
  name: "stall",
  title: `the main thread is busy for ${STALL_MS} ms every 200 ms, ${RATE.toLocaleString("en")}/s for 10 s, on the tester's one core`,
  run: async ({ options, directory, figures, keep, tell }) => {
    const nginx = await startNginx(directory);
    const seconds = options.quick ? 1.5 : 10;
    try {
      for (let round = 1; round <= options.rounds; round++) {
        for (const precise of [false, true]) {
          tell(`round ${round}${precise ? ", precise" : ""}`);
          const job = { port: nginx.port, rate: RATE, precise, seconds, stallMs: STALL_MS };
          const { result } = await startTester({ ...job, directory });
          const { lateness, ...others } = await result;
          keep({ round, precise, ...others, lateness });
          const who = precise ? "precise: " : "";
          const common = { unit: "ms", judged: "median" } as const;
          const goal = { op: "<=", limit: 3 } as const;
          figures.add({ name: `${who}lateness p50`, goal: null, ...common }, lateness.p50 / 1000);
          figures.add({ name: `${who}lateness p99`, goal, ...common }, lateness.p99 / 1000);
        }
      }
    } finally {
      await nginx.stop();
    }
  },
};
