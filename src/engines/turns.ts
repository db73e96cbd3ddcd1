/** Lets asynchronous moves run one after the other, in the order they were asked for. A failed one does not hold up the next. */
export type Turns = <T>(move: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (move) => {
    const result = last.then(move);
    last = result.catch(() => undefined);
    return result;
  };
}
