/**
 * A controller that aborts with any of the sources. Not AbortSignal.any: on Node 20 what that returns may be collected as
 * garbage while somebody waits for it.
 */
export function abortedBy(...sources: readonly AbortSignal[]): AbortController {
  const controller = new AbortController();
  const abort = (): void => {
    for (const source of sources) source.removeEventListener("abort", abort);
    controller.abort();
  };
  for (const source of sources) source.addEventListener("abort", abort);
  if (sources.some(({ aborted }) => aborted)) abort();
  return controller;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
