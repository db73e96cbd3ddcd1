/** A queue between something that pushes and someone who iterates. */
export interface PushStream<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** No more items: the iteration ends once the queued ones are read. Idempotent. */
  end(): void;
  /** Like `end`, but the iteration then throws. */
  fail(error: Error): void;
}

/**
 * A push stream for one reader, which ends at once when the signal aborts. `onEnd` is called exactly once, however it
 * ended. A reader that is more than `longest` items behind loses the oldest.
 */
export function createPushStream<T>(
  signal: AbortSignal,
  onEnd: () => void,
  longest = Number.POSITIVE_INFINITY,
): PushStream<T> {
  const queue: T[] = [];
  let ended = signal.aborted;
  let failure: Error | undefined;
  let wake = (): void => {};
  const finish = (): void => {
    signal.removeEventListener("abort", abort);
    if (!ended) onEnd();
    ended = true;
    wake();
  };
  const abort = (): void => {
    queue.length = 0;
    finish();
  };
  if (signal.aborted) onEnd();
  else signal.addEventListener("abort", abort, { once: true });

  async function* read(): AsyncGenerator<T> {
    try {
      while (true) {
        while (queue.length > 0) yield queue.shift() as T;
        if (failure !== undefined) throw failure;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      abort();
    }
  }
  return {
    push: (item) => {
      if (ended) return;
      queue.push(item);
      if (queue.length > longest) queue.shift();
      wake();
    },
    end: finish,
    fail: (error) => {
      if (!ended) failure = error;
      finish();
    },
    [Symbol.asyncIterator]: read,
  };
}
