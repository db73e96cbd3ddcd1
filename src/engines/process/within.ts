import type { EngineEvent } from "../../model/replica.ts";
import type { Hub } from "../hub.ts";

/** Resolves when a condition holds that events bring about, or when the time is over. */
export function within(events: Hub<EngineEvent>, ms: number, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stopListening();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    const stopListening = events.listen(() => {
      if (holds()) finish();
    });
    if (holds()) finish();
  });
}
