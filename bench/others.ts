import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Ended, run, succeed } from "./command.ts";
import { findProgram, pinned } from "./machine.ts";
import type { Nginx } from "./nginx.ts";
import type { Bench } from "./part.ts";

export interface Comparison {
  readonly round: number;
  readonly seconds: number;
  /** Per second, for tools that can be told a rate. */
  readonly rate: number;
}

/** What another tool says of itself. */
interface Said {
  readonly requests: number;
  /** ms. */
  readonly p50: number;
  readonly p99: number;
}

interface Tool {
  readonly name: string;
  /** `at 20,000/s`, or `as fast as it can`. */
  readonly how: (comparison: Comparison) => string;
  readonly find: (bench: Bench) => Promise<readonly string[] | null>;
  readonly args: (url: string, comparison: Comparison) => readonly string[];
  readonly read: (ended: Ended, comparison: Comparison) => Said;
}

const CONNECTIONS = 50;
const installed = async (name: string): Promise<readonly string[] | null> => {
  const path = findProgram(name);
  return path === null ? null : [path];
};
const paced = ({ rate }: Comparison): string => `at ${rate.toLocaleString("en")}/s`;

const TOOLS: readonly Tool[] = [
  {
    name: "wrk",
    how: () => "as fast as it can",
    find: () => installed("wrk"),
    args: (url, { seconds }) => [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${Math.ceil(seconds)}s`,
      "--latency",
      url,
    ],
    read: ({ stdout }) => ({
      requests: captured(stdout, /(\d+) requests in/),
      p50: milliseconds(stdout, /50%\s+([\d.]+)(us|ms|s)/),
      p99: milliseconds(stdout, /99%\s+([\d.]+)(us|ms|s)/),
    }),
  },
  {
    name: "hey",
    how: paced,
    find: () => installed("hey"),
    args: (url, { seconds, rate }) => [
      ...["-z", `${seconds}s`, "-c", String(CONNECTIONS), "-q", String(rate / CONNECTIONS)],
      url,
    ],
    read: ({ stdout }, { seconds }) => ({
      requests: captured(stdout, /Requests\/sec:\s+([\d.]+)/) * seconds,
      p50: captured(stdout, /50%{1,2} in ([\d.]+) secs/) * 1000,
      p99: captured(stdout, /99%{1,2} in ([\d.]+) secs/) * 1000,
    }),
  },
  {
    name: "autocannon",
    how: paced,
    find: findAutocannon,
    args: (url, { seconds, rate }) => [
      ...["-c", String(CONNECTIONS), "-d", String(Math.ceil(seconds)), "-R", String(rate)],
      ...["--json", "--no-progress", url],
    ],
    read: ({ stdout }) => {
      const said = JSON.parse(stdout) as {
        readonly requests: { readonly total: number };
        readonly latency: { readonly p50: number; readonly p99: number };
      };
      return { requests: said.requests.total, p50: said.latency.p50, p99: said.latency.p99 };
    },
  },
];

/** The same of the tools that people know, on the same core: for comparison, without goals. */
export async function compareOthers(
  bench: Bench,
  nginx: Nginx,
  comparison: Comparison,
): Promise<void> {
  for (const tool of TOOLS) {
    const command = await tool.find(bench);
    if (command === null) bench.figures.remark(specOf(tool.name, "", ""), "not installed");
    else await compare(bench, nginx, comparison, { tool, command });
  }
}

async function compare(
  { tell, keep, figures }: Bench,
  { port }: Nginx,
  comparison: Comparison,
  { tool, command }: { readonly tool: Tool; readonly command: readonly string[] },
): Promise<void> {
  const who = `${tool.name} ${tool.how(comparison)}`;
  tell(`round ${comparison.round}: ${who}`);
  const args = tool.args(`http://127.0.0.1:${port}/`, comparison);
  const ended = await run(pinned(1, [...command, ...args]));
  if (ended.code !== 0) throw new Error(`${tool.name} ended with ${ended.code}: ${ended.stderr}`);
  const { requests, p50, p99 } = tool.read(ended, comparison);
  const { cpuSeconds, peakBytes, wallMs } = ended;
  keep({ ...comparison, tool: tool.name, args, requests, p50, p99, cpuSeconds, peakBytes, wallMs });
  figures.add(specOf(who, "rate", "/s"), requests / comparison.seconds);
  figures.add(specOf(who, "CPU per 100k requests", "s"), (cpuSeconds / requests) * 1e5);
  figures.add(specOf(who, "peak memory", "MB"), peakBytes / 1e6);
  figures.add(specOf(who, "latency p50 (by itself)", "ms"), p50);
  figures.add(specOf(who, "latency p99 (by itself)", "ms"), p99);
}

function specOf(who: string, name: string, unit: string) {
  return {
    name: name === "" ? who : `${who}: ${name}`,
    unit,
    goal: null,
    judged: "median",
  } as const;
}

/** The one on PATH; with `--others` one from npm, in this part's own directory. */
async function findAutocannon({ options, directory }: Bench): Promise<readonly string[] | null> {
  const path = findProgram("autocannon");
  if (path !== null) return [path];
  if (!options.others) return null;
  const program = join(directory, "node_modules", "autocannon", "autocannon.js");
  if (!existsSync(program)) {
    const npm = findProgram("npm") ?? "npm";
    await succeed([
      npm,
      "install",
      "--no-audit",
      "--no-fund",
      "--prefix",
      directory,
      "autocannon@9",
    ]);
  }
  return [process.execPath, program];
}

function captured(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

function milliseconds(text: string, pattern: RegExp): number {
  const [, amount, unit = ""] = pattern.exec(text) ?? [];
  return Number(amount) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN);
}
