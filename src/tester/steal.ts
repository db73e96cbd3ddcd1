import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { NoteRecord } from "../model/journal.ts";
import { nowUs } from "./clock.ts";

const EVERY_MS = 250;
/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
/** Less of one core than this in a stretch makes no request wait for half of its timeout. */
const LEAST_OF_A_CORE = 0.25;

/**
 * Steal time since the machine started, µs, of all its cores: it wanted to run, and its host ran others. `stat` is the
 * text of /proc/stat (proc_stat(5)); null where that does not tell.
 */
export function stealIn(stat: string): number | null {
  const steal = /^cpu +(?:\d+ +){7}(\d+)/.exec(stat)?.[1];
  return steal === undefined ? null : Number(steal) * TICK_US;
}

/** What is looked at; this machine, but in tests. */
interface Meter {
  readonly cores: number;
  /** µs, the world's clock. */
  now(): number;
  /** As `stealIn`. */
  steal(): number | null;
}

const MACHINE: Meter = { cores: availableParallelism(), now: nowUs, steal: readSteal };

/**
 * Watches how much CPU the host withholds from the machine of the tester. Notes of stage `tester`: of each stretch that could
 * have made requests wait `{ kind: "steal", from, to, us }`, and at the end `{ kind: "machine", cores, stealShare, worstStealShare }`,
 * shares of all cores, the worst that of one stretch. Nothing where the system does not tell.
 */
export class StealWatch {
  readonly #epoch: number;
  readonly #emit: (record: NoteRecord) => void;
  readonly #meter: Meter;
  #timer: NodeJS.Timeout | null = null;
  #begin = { at: 0, steal: 0 };
  #last = { at: 0, steal: 0 };
  #worst = 0;

  /** `epoch`: the world clock (µs) of the run's start. */
  constructor(epoch: number, emit: (record: NoteRecord) => void, meter = MACHINE) {
    this.#epoch = epoch;
    this.#emit = emit;
    this.#meter = meter;
  }

  start(): void {
    const steal = this.#meter.steal();
    if (steal === null) return;
    this.#begin = { at: this.#meter.now(), steal };
    this.#last = this.#begin;
    this.#timer = setInterval(() => this.#look(), EVERY_MS).unref();
  }

  /** Without a word: what it belongs to was given up. */
  abandon(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  stop(): void {
    if (this.#timer === null) return;
    this.abandon();
    this.#look();
    const { at, steal } = this.#last;
    const { cores } = this.#meter;
    const [share, worst] = [
      (steal - this.#begin.steal) / (at - this.#begin.at) / cores,
      this.#worst / cores,
    ].map((part) => Math.min(1, part));
    this.#note(at, { kind: "machine", cores, stealShare: share ?? 0, worstStealShare: worst ?? 0 });
  }

  #look(): void {
    const before = this.#last;
    const steal = this.#meter.steal();
    if (steal === null) return;
    this.#last = { at: this.#meter.now(), steal };
    const us = steal - before.steal;
    const ofACore = us / (this.#last.at - before.at);
    // What is counted by ticks is no figure in the moment between the last look and the end.
    if (this.#last.at - before.at < (EVERY_MS * 1000) / 2) return;
    this.#worst = Math.max(this.#worst, ofACore);
    if (ofACore < LEAST_OF_A_CORE) return;
    const [from, to] = [before.at, this.#last.at].map((at) => Math.floor(at - this.#epoch));
    this.#note(this.#last.at, { kind: "steal", from: from as number, to: to as number, us });
  }

  #note(at: number, facts: NoteRecord["facts"]): void {
    this.#emit({
      type: "note",
      t: Math.floor(at - this.#epoch),
      step: null,
      stage: "tester",
      facts,
    });
  }
}

function readSteal(): number | null {
  try {
    return stealIn(readFileSync("/proc/stat", "latin1").slice(0, 256));
  } catch {
    return null;
  }
}
