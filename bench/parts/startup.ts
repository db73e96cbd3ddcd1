import { AegisUser } from "../aegis.ts";
import { run } from "../command.ts";
import { median } from "../figures.ts";
import type { Bench, Part } from "../part.ts";

const PAIRS = 20;
const SCENARIOS = 10;
/** warm-up, baseline, the step, recovery. */
const PHASES_MS = 500 + 1000 + 500 + 500;

const SCENARIO = `version: 1
name: next to nothing
seed: 1
traffic:
  main: { url: http://balancer/, rate: 100/s, timeout: 1s }
phases: { warmup: 500ms, baseline: 1s, recovery: 500ms }
steps:
  - { id: nothing, do: wait, at: 0s, for: 500ms }
assert:
  - main.failed == 0
`;

/** What a person waits for that is not the scenario itself. */
export const startup: Part = {
  name: "startup",
  title: "what aegis adds to the time of a command",
  run: async (bench) => {
    await version(bench);
    for (let round = 1; round <= bench.options.rounds; round++) {
      bench.tell(`round ${round}: up`);
      await up(bench, round);
      bench.tell(`round ${round}: one scenario`);
      await scenarios(bench, round, 1);
      bench.tell(`round ${round}: ${SCENARIOS} scenarios on one stack`);
      await scenarios(bench, round, SCENARIOS);
    }
  },
};

/** Pairs one after the other: a slow moment of the machine hits both. */
async function version({ options, packageRoot, directory, figures, keep }: Bench): Promise<void> {
  const user = new AegisUser(packageRoot, directory);
  const differences: number[] = [];
  for (let pair = 1; pair <= (options.quick ? 3 : PAIRS); pair++) {
    const node = await run([process.execPath, "-e", "0"]);
    const aegis = await user.succeed("--version");
    differences.push(aegis.wallMs - node.wallMs);
    keep({ pair, nodeMs: node.wallMs, versionMs: aegis.wallMs });
  }
  figures.set(
    {
      name: "`aegis --version` beyond `node -e 0`",
      unit: "ms",
      goal: { op: "<=", limit: 60 },
      judged: "median",
    },
    median(differences),
    differences,
  );
}

async function up({ packageRoot, directory, figures, keep }: Bench, round: number): Promise<void> {
  const user = new AegisUser(packageRoot, directory);
  try {
    const { wallMs } = await user.succeed("up");
    const { replicas } = await user.status();
    const ready = replicas.filter((replica) => replica.ready).length;
    keep({ round, upMs: wallMs, ready, of: replicas.length });
    figures.add(
      {
        name: "`aegis up` to all ready",
        unit: "s",
        goal: { op: "<=", limit: 2 },
        judged: "median",
      },
      wallMs / 1000,
    );
  } finally {
    await user.leave();
  }
}

async function scenarios(
  { packageRoot, directory, figures, keep }: Bench,
  round: number,
  count: number,
): Promise<void> {
  const user = new AegisUser(packageRoot, directory);
  try {
    const name = user.write("nothing.yaml", SCENARIO);
    const { wallMs } = await user.succeed("chaos", "run", ...Array<string>(count).fill(name));
    const addedMs = (wallMs - count * PHASES_MS) / count;
    keep({ round, count, wallMs, addedMs });
    const limit = count === 1 ? 3 : 1;
    const who =
      count === 1
        ? "`aegis chaos run` beyond the phases"
        : `the same over ${count} scenarios on one stack, each`;
    figures.add(
      { name: who, unit: "s", goal: { op: "<=", limit }, judged: "median" },
      addedMs / 1000,
    );
  } finally {
    await user.leave();
  }
}
