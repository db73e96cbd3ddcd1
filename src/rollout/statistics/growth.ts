import { mannKendallRising, senSlope } from "./mann-kendall.ts";

/** Resident memory of one replica at a time (µs). */
export interface Reading {
  readonly t: number;
  readonly bytes: number;
}

/** Memory over the same watch, in the order of time. */
export interface MemoryWatch {
  readonly newcomer: readonly Reading[];
  readonly peers: readonly { readonly name: string; readonly readings: readonly Reading[] }[];
}

/** How much more each would have by now, were it to grow all the time as it mostly did. Bytes. */
export interface Growth {
  readonly newcomer: number;
  readonly peers: readonly { readonly name: string; readonly bytes: number }[];
  /** How likely the newcomer's readings are to rise so steadily by chance. */
  readonly p: number;
}

/**
 * Growth is Sen's slope times the newcomer's watch: a cache that is filled at the start, or a heap that settles, is none. The
 * slopes of peers count over the same length.
 */
export function growthOf({ newcomer, peers }: MemoryWatch): Growth {
  const watched = (newcomer.at(-1)?.t ?? 0) - (newcomer[0]?.t ?? 0);
  return {
    newcomer: slopeOf(newcomer) * watched,
    peers: peers.map(({ name, readings }) => ({ name, bytes: slopeOf(readings) * watched })),
    p: mannKendallRising(newcomer.map(({ bytes }) => bytes)),
  };
}

function slopeOf(readings: readonly Reading[]): number {
  return senSlope(readings.map(({ t, bytes }) => ({ t, value: bytes })));
}
