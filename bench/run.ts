import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "../src/kit/errors.ts";
import { rewriteDocs } from "./docs.ts";
import { Figures } from "./figures.ts";
import { busyMark, type Machine, machine, stolenSince } from "./machine.ts";
import type { BenchOptions, Part } from "./part.ts";
import { crashes, dockerCrashes } from "./parts/crashes.ts";
import { dockerCommands } from "./parts/docker-commands.ts";
import { freeze } from "./parts/freeze.ts";
import { kill } from "./parts/kill.ts";
import { dockerPerturbation, perturbation } from "./parts/perturbation.ts";
import { dockerRollouts, rollouts } from "./parts/rollouts.ts";
import { stall } from "./parts/stall.ts";
import { startup } from "./parts/startup.ts";
import { tester } from "./parts/tester.ts";
import { type PartReport, partTable } from "./table.ts";

const PARTS: readonly Part[] = [
  tester,
  stall,
  freeze,
  kill,
  perturbation,
  crashes,
  rollouts,
  startup,
  dockerCrashes,
  dockerCommands,
  dockerPerturbation,
  dockerRollouts,
];

const HELP = `npm run bench -- [NAMES...] [--rounds N] [--docs] [--quick] [--others]
  NAMES     ${PARTS.map(({ name }) => name).join(", ")} (default: all)
  --rounds  how often each part measures (default: 3)
  --docs    rewrite the tables of these parts in docs/benchmarks.md
  --quick   short settings that only show that each part runs; their figures mean nothing
  --others  fetch autocannon to compare with (npm), if it is not installed`;

/** `dist/bench` in a build. */
const PACKAGE_ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Runs the parts named on the command line and prints their tables; 0, or 1 when a part could not run, or 2 for bad usage. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const request = parse(argv);
  if (typeof request === "string") {
    console.error(`${request}\n\n${HELP}`);
    return 2;
  }
  const { parts, options } = request;
  const done: (PartReport & { readonly rounds: readonly object[] })[] = [];
  for (const part of parts) {
    const report = await runPart(part, options);
    done.push(report);
    const text = partTable(report);
    console.log(`\n${text}\n`);
    if (request.docs) {
      rewriteDocs(join(PACKAGE_ROOT, "docs", "benchmarks.md"), part.name, text);
    }
  }
  const at = new Date().toISOString();
  const report = { bench: 2, at, options, machine: machine(PACKAGE_ROOT), parts: done };
  console.log(`raw figures: ${write(report, at)}`);
  return done.some(({ failure }) => failure !== null) ? 1 : 0;
}

async function runPart(part: Part, options: BenchOptions) {
  const directory = mkdtempSync(join(tmpdir(), `aegis-bench-${part.name}-`));
  const before = machine(PACKAGE_ROOT);
  const begin = busyMark();
  const figures = new Figures();
  const rounds: object[] = [];
  console.error(`${part.name}: ${part.title}`);
  let failure: string | null = null;
  let mark = busyMark();
  const keep = (raw: object): void => {
    const stolen = stolenSince(mark);
    mark = busyMark();
    rounds.push({ at: new Date().toISOString(), load: loadavg()[0], stolen, ...raw });
  };
  try {
    await part.run({
      options,
      packageRoot: PACKAGE_ROOT,
      directory,
      figures,
      keep,
      tell: (line) => console.error(`  ${line}`),
    });
  } catch (error) {
    failure = messageOf(error);
    console.error(`  could not run: ${failure}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const { name, title } = part;
  const circumstances = told(before, stolenSince(begin), options);
  return { name, title, circumstances, figures: figures.list(), failure, rounds };
}

interface Request {
  readonly parts: readonly Part[];
  readonly options: BenchOptions;
  readonly docs: boolean;
}

/** What was asked for, or what is wrong with it. */
function parse(argv: readonly string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "3" },
        docs: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        others: { type: "boolean", default: false },
      },
    });
    const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name));
    if (unknown.length > 0) return `no such part: ${unknown.join(", ")}`;
    const rounds = Number(values.rounds);
    if (!Number.isSafeInteger(rounds) || rounds < 1) return "--rounds is a whole number above 0";
    const { quick, others, docs } = values;
    const parts = PARTS.filter(
      ({ name }) => positionals.length === 0 || positionals.includes(name),
    );
    return { parts, options: { rounds: quick ? 1 : rounds, quick, others }, docs };
  } catch (error) {
    return messageOf(error);
  }
}

function told(before: Machine, stolen: number, { quick }: BenchOptions): string {
  const load = (values: readonly number[]): string => (values[0] ?? Number.NaN).toFixed(2);
  const commit = `${before.commit ?? "no commit"}${before.changed ? " with changes" : ""}`;
  return [
    `${new Date().toISOString().slice(0, 16)}Z, ${commit}, Node ${before.node.slice(1)}, ${before.cores} cores ${before.cpu},`,
    `load average ${load(before.load)} before and ${load(loadavg())} after.`,
    ...(stolen >= 0.005
      ? [`Other machines of its host took ${(stolen * 100).toFixed(0)} % of its CPU meanwhile.`]
      : []),
    ...(before.pinned ? [] : ["Nothing was pinned to a core: there is no taskset, or one core."]),
    ...(quick ? ["Short settings: these figures mean nothing."] : []),
  ].join("\n");
}

/** Writes the raw figures; returns the path. */
function write(report: object, at: string): string {
  const directory = join(PACKAGE_ROOT, "bench", "results");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${at.slice(0, 19).replace(/[-:]/g, "")}Z.json`);
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}
