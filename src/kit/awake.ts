/** No slice counts for more than its length, however long it took. */
const SLICE_MS = 50;

/**
 * Calls back after `ms` in which this process was awake. One that stalls (no CPU, a disk that makes it wait) finds its timers
 * due before it has read what came in meanwhile: whoever judges others by their silence must not count its own sleep.
 * Returns the way to call it off. `idle`: it is no reason for the process to stay.
 */
export function afterAwake(ms: number, call: () => void, idle = false): () => void {
  let left = ms;
  let timer: NodeJS.Timeout;
  let last: NodeJS.Immediate | undefined;
  const nextSlice = (): void => {
    const slice = Math.min(left, SLICE_MS);
    timer = setTimeout(() => {
      left -= slice;
      if (left > 0) nextSlice();
      else last = setImmediate(call);
    }, slice);
    if (idle) timer.unref();
  };
  nextSlice();
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
