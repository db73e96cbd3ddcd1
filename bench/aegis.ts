import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalHeader, JournalRecord } from "../src/model/journal.ts";
import type { Replica } from "../src/model/replica.ts";
import { type Ended, type Running, run, start, succeed } from "./command.ts";

/** What `aegis status --json` says. */
export interface Status {
  readonly url: string | null;
  readonly replicas: readonly Replica[];
}

/** Somebody who uses aegis with an empty directory, a state directory and ports of their own. */
export class AegisUser {
  readonly #cwd: string;
  readonly #env: Record<string, string | undefined>;
  readonly #bin: string;
  readonly #flags: readonly string[];

  /** `flags`: which stack every command is about, `--engine docker --project bench`; none: the bundled one, as processes. */
  constructor(packageRoot: string, directory: string, flags: readonly string[] = []) {
    this.#flags = flags;
    this.#cwd = mkdtempSync(join(directory, "user-"));
    this.#bin = join(packageRoot, "bin", "aegis.js");
    const home = join(this.#cwd, "state");
    mkdirSync(home);
    this.#env = { ...process.env, AEGIS_HOME: home, AEGIS_PORT: "0", NO_COLOR: "1" };
    delete this.#env["GITHUB_STEP_SUMMARY"];
  }

  /** Writes a scenario; returns what to type for it. */
  write(name: string, text: string): string {
    writeFileSync(join(this.#cwd, name), text);
    return name;
  }

  path(name: string): string {
    return join(this.#cwd, name);
  }

  /** A command that must succeed. */
  succeed(...args: readonly string[]): Promise<Ended> {
    return succeed(this.#command(args), { cwd: this.#cwd, env: this.#env });
  }

  run(...args: readonly string[]): Promise<Ended> {
    return run(this.#command(args), { cwd: this.#cwd, env: this.#env });
  }

  start(...args: readonly string[]): Running {
    return start(this.#command(args), { cwd: this.#cwd, env: this.#env });
  }

  async status(): Promise<Status> {
    const { stdout } = await this.succeed("status", "--json");
    return JSON.parse(stdout) as Status;
  }

  /** The process that runs the stack. */
  supervisorPid(): number {
    const home = this.#env["AEGIS_HOME"] as string;
    const [project = ""] = readdirSync(home);
    const record = readFileSync(join(home, project, "supervisor.json"), "utf8");
    return (JSON.parse(record) as { pid: number }).pid;
  }

  /** The newest run's journal as far as it is written; empty before there is one. */
  journal(): readonly JournalRecord[] {
    const path = join(this.#cwd, ".aegis", "runs", "latest", "journal.ndjson");
    return linesOf(path).slice(1) as JournalRecord[];
  }

  /** The header of the newest run. */
  header(): JournalHeader {
    const path = join(this.#cwd, ".aegis", "runs", "latest", "journal.ndjson");
    return linesOf(path)[0] as unknown as JournalHeader;
  }

  /** Takes the stack down, whatever happened. */
  async leave(): Promise<void> {
    await this.run("down");
  }

  #command(args: readonly string[]): readonly string[] {
    return [process.execPath, this.#bin, ...args, ...(args[0]?.startsWith("-") ? [] : this.#flags)];
  }
}

/** Whole lines only: the last one may still be being written. */
function linesOf(path: string): (JournalHeader | JournalRecord)[] {
  try {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalHeader | JournalRecord);
  } catch {
    return [];
  }
}
