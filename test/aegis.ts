import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** A person with a machine of their own: an empty directory to work in, a state directory, and ports nobody else uses. */
export class Person {
  readonly cwd = mkdtempSync(join(tmpdir(), "aegis-cwd-"));
  readonly home = mkdtempSync(join(tmpdir(), "aegis-home-"));
  readonly env: Record<string, string>;
  readonly bin: string;
  readonly #running = new Set<Running>();

  constructor(options: { env?: Record<string, string>; bin?: string } = {}) {
    this.bin = options.bin ?? BIN;
    this.env = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.home,
      LANG: "C.UTF-8",
      AEGIS_HOME: join(this.home, "state"),
      AEGIS_PORT: "0",
      NO_COLOR: "1",
      ...options.env,
    };
  }

  start(...args: readonly string[]): Running {
    const child = spawn(process.execPath, [this.bin, ...args], {
      cwd: this.cwd,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
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

  /** Ends what still runs, takes down the bundled stack, and removes the directories. */
  async leave(): Promise<void> {
    for (const { child } of this.#running) child.kill("SIGKILL");
    await this.run("down").catch(() => {});
    rmSync(this.cwd, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}
