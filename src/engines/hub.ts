/** Tells everybody who listens, at once and in order. */
export interface Hub<T> {
  tell(item: T): void;
  /** Returns the way to stop listening. */
  listen(listener: (item: T) => void): () => void;
}

export function createHub<T>(): Hub<T> {
  const listeners = new Set<(item: T) => void>();
  return {
    tell: (item) => {
      for (const listener of [...listeners]) listener(item);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
