import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { look } from "./residue.ts";

/** The checkout under test. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const BIN = join(ROOT, "bin", "aegis.js");

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An aegis command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when stdout or stderr has matched; rejects with the output when it ends before. */
  printed(pattern: RegExp): Promise<void>;
  readonly finished: Promise<Finished>;
}

export interface PersonOptions {
  readonly env?: Record<string, string>;
  readonly bin?: string;
  readonly uid?: number;
}

/** A line of a journal or a ledger, as a reader sees it who knows nothing else. */
export type JournalLine = Readonly<Record<string, unknown>>;

/** A person with a machine of their own: an empty directory to work in, a state directory, and ports nobody else uses. */
export class Person {
  readonly cwd = mkdtempSync(join(tmpdir(), "aegis-cwd-"));
  readonly home = mkdtempSync(join(tmpdir(), "aegis-home-"));
  readonly env: Record<string, string>;
  readonly bin: string;
  /** In the environment of everything this person starts, directly or not. */
  readonly mark = `E2E_MARK=${randomBytes(8).toString("hex")}`;
  readonly #running = new Set<Running>();
  readonly #uid: number | undefined;

  /** `bin`: another aegis than the checkout's; `uid`: somebody without rights, for whom only root can speak. */
  constructor(options: PersonOptions = {}) {
    this.bin = options.bin ?? BIN;
    this.#uid = options.uid;
    if (this.#uid !== undefined) {
      for (const path of [this.cwd, this.home]) chownSync(path, this.#uid, this.#uid);
    }
    this.env = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.home,
      LANG: "C.UTF-8",
      AEGIS_HOME: join(this.home, "state"),
      AEGIS_PORT: "0",
      NO_COLOR: "1",
      ...markVariable(this.mark),
      ...options.env,
    };
  }

  /** Writes a file into the directory this person works in; returns its path. */
  write(name: string, text: string): string {
    const path = join(this.cwd, name);
    writeFileSync(path, text);
    return path;
  }

  /** The records of the newest run, as far as they were written. */
  journal(): readonly JournalLine[] {
    return this.#newest().slice(1);
  }

  /** The first line of its journal. */
  header(): JournalLine {
    return this.#newest()[0] ?? {};
  }

  /** What its ledgers say, line by line; an empty one has nothing open. */
  ledger(): readonly JournalLine[] {
    const state = this.env["AEGIS_HOME"] as string;
    return readdirSync(state).flatMap((project) =>
      linesOf(contentOf(join(state, project, "ledger.ndjson"))),
    );
  }

  #newest(): JournalLine[] {
    const path = join(this.cwd, ".aegis", "runs", "latest", "journal.ndjson");
    return linesOf(readFileSync(path));
  }

  start(...args: readonly string[]): Running {
    return this.#spawn(process.execPath, [this.bin, ...args]);
  }

  /** A line for bash, in which `aegis` is the command. */
  shell(line: string): Promise<Finished> {
    const script = `aegis() { '${process.execPath}' '${this.bin}' "$@"; }\n${line}`;
    return this.#spawn("bash", ["-c", script]).finished;
  }

  #spawn(file: string, args: readonly string[]): Running {
    const { cwd, env } = this;
    const user = this.#uid === undefined ? {} : { uid: this.#uid, gid: this.#uid };
    const child = spawn(file, args, { cwd, env, ...user, stdio: ["ignore", "pipe", "pipe"] });
    const texts = { stdout: "", stderr: "" };
    const watchers = new Set<() => void>();
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        for (const watch of watchers) watch();
      });
    }
    const output = (): string => `${texts.stdout}\n${texts.stderr}`;
    const finished = new Promise<Finished>((resolve) => {
      child.on("close", (code, signal) => {
        this.#running.delete(running);
        resolve({ code, signal, ...texts });
      });
    });
    const printed = (pattern: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (!pattern.test(output())) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
        void finished.then(() => reject(new Error(`ended without ${pattern}:\n${output()}`)));
      });
    const running: Running = { child, pid: child.pid as number, output, printed, finished };
    this.#running.add(running);
    return running;
  }

  run(...args: readonly string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Ends whatever this person has left running, and removes the directories. */
  async leave(): Promise<void> {
    for (const { child } of this.#running) child.kill("SIGKILL");
    for (let round = 0; round < 20; round++) {
      const { processes } = await look(this);
      if (processes.length === 0) break;
      for (const { pid } of processes) kill(pid);
    }
    rmSync(this.cwd, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A person who leaves when the test is over. */
export function visit(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  options: PersonOptions = {},
): Person {
  const person = new Person(options);
  onTestFinished(() => person.leave());
  return person;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function markVariable(mark: string): Record<string, string> {
  const [name = "", value = ""] = mark.split("=");
  return { [name]: value };
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

/** A last line that was not ended does not count. */
function linesOf(content: Buffer): JournalLine[] {
  const lines = content.toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalLine);
}
