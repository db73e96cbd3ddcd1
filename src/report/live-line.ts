import { Histogram } from "../kit/histogram.ts";
import { formatPercent } from "../kit/units.ts";
import type { Phases } from "../model/plan.ts";
import { formatCount } from "../verdict/measured.ts";
import type { ActiveInjection, LiveState } from "./live.ts";
import type { Paper, Tone } from "./paper.ts";
import { clean, shorten, textWidth } from "./text-width.ts";
import { micros } from "./wording.ts";

interface Piece {
  readonly tone: Tone;
  readonly text: string;
}

/**
 * The status line of a run: phase, elapsed, failures, then rate, success and latency of the last second, and what is
 * going on. What does not fit is left out from the end. `now`: µs since run start, when the caller knows better than
 * the last record.
 */
export function liveLine(paper: Paper, state: LiveState, now = state.now): string {
  const pieces = [phasePiece(state, now), failedPiece(state), ...secondPieces(state)];
  const line: Piece[] = [];
  let room = paper.width;
  for (const piece of [...pieces, ...activePieces(state)]) {
    const gap = line.length === 0 ? 0 : 2;
    const text = shorten(clean(piece.text), room - gap, paper.signs.ellipsis);
    const cut = text !== clean(piece.text);
    if (cut && (room - gap < 12 || textWidth(text) < 4)) break;
    line.push({ tone: piece.tone, text });
    room -= textWidth(text) + gap;
    if (cut) break;
  }
  return line.map(({ tone, text }) => paper.paint(tone, text)).join("  ");
}

function phasePiece({ phase, phaseFrom, plan }: LiveState, now: number): Piece {
  if (phase === null) return { tone: "bold", text: now === 0 ? "starting" : "ending" };
  const least = plan.phases[PHASE_LENGTHS[phase]];
  const elapsed = Math.max(0, Math.floor((now - phaseFrom) / 1e6));
  const of = least > 0 && elapsed * 1000 <= least ? ` of ${micros(least * 1000)}` : "";
  return { tone: "bold", text: `${phase} ${elapsed}s${of}` };
}

const PHASE_LENGTHS: Readonly<Record<NonNullable<LiveState["phase"]>, keyof Phases>> = {
  warmup: "warmupMs",
  baseline: "baselineMs",
  chaos: "chaosMs",
  recovery: "recoveryMs",
};

function failedPiece({ failed }: LiveState): Piece {
  return { tone: failed > 0 ? "bad" : "good", text: `${formatCount(failed)} failed` };
}

/** The last second, all traffics together. */
function secondPieces({ recent }: LiveState): Piece[] {
  const latency = new Histogram();
  let [sent, ok] = [0, 0];
  for (const bucket of recent) {
    sent += bucket.sent;
    ok += bucket.ok;
    latency.merge(bucket.latency);
  }
  if (sent === 0) return [];
  const success: Piece = { tone: okTone(sent, ok), text: `${formatPercent(ok / sent)} ok` };
  const pieces: Piece[] = [{ tone: "plain", text: `${formatCount(sent)}/s` }, success];
  if (latency.total === 0) return pieces;
  const [p50, p99] = [latency.quantile(0.5), latency.quantile(0.99)].map(micros);
  return [...pieces, { tone: "plain", text: `p50 ${p50} p99 ${p99}` }];
}

function okTone(sent: number, ok: number): Tone {
  if (ok === sent) return "good";
  return ok === 0 ? "bad" : "doubt";
}

/** Harm first, the newest first. */
function activePieces(state: LiveState): Piece[] {
  const active = state.active.toReversed();
  const harm = active.filter(({ stage }) => stage === "harm");
  const recovering = active.filter(({ stage }) => stage === "recovering");
  return [...harm, ...recovering].map(
    ({ id, kind, target, stage }: ActiveInjection): Piece =>
      stage === "harm"
        ? { tone: "bad", text: `${id} ${kind} ${target}` }
        : { tone: "accent", text: `${id} ${target} recovering` },
  );
}
