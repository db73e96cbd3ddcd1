import type { Clock } from "../../kit/world.ts";

/** The daemon's wall clock, seen from here. µs throughout. */
export interface DaemonClock {
  /** Its wall time now. */
  wall(): number;
  /** When something that it tells of happened, on the world's clock: never later than now. */
  toWorld(wall: number): number;
}

/** `aheadBy`: how far its wall clock is ahead of ours (µs); 0 on the same machine. */
export function daemonClock(clock: Clock, aheadBy: number): DaemonClock {
  const wall = (): number => clock.wall().getTime() * 1000 + aheadBy;
  return {
    wall,
    toWorld: (at) => clock.now() - Math.max(0, wall() - at),
  };
}
