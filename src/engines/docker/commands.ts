import type { EngineEventType } from "../../model/replica.ts";

/** Something that this engine has been asked to do and is doing. */
export interface Command {
  /** It has been done, or has failed: what comes later is not its doing. */
  end(): void;
}

/** Which events are our own doing. */
export interface Commands {
  /** Of one replica: each type is expected once. */
  begin(key: string, expects: readonly EngineEventType[]): Command;
  /** Of the whole project, by compose: any number of them. */
  beginAll(expects: readonly EngineEventType[]): Command;
  /** Takes an event that has come as the doing of a command; null: none expects it. */
  claim(key: string, type: EngineEventType): Claim | null;
}

export interface Claim {
  /** Since when the command runs, µs. */
  readonly from: number;
  /** It is about this very replica, not about all of the project. */
  readonly isOwn: boolean;
}

/** `now` in µs. */
export function createCommands(now: () => number): Commands {
  const running = new Set<Running>();
  const begin = (key: string | null, expects: readonly EngineEventType[]): Command => {
    const command = { key, from: now(), expects: new Set(expects) };
    running.add(command);
    return { end: () => void running.delete(command) };
  };
  return {
    begin,
    beginAll: (expects) => begin(null, expects),
    claim: (key, type) => {
      const expecting = [...running].filter(({ expects }) => expects.has(type));
      const own = expecting.find((command) => command.key === key);
      own?.expects.delete(type);
      const command = own ?? expecting.find((one) => one.key === null);
      return command === undefined ? null : { from: command.from, isOwn: command === own };
    },
  };
}

interface Running {
  /** null: the whole project. */
  readonly key: string | null;
  readonly from: number;
  readonly expects: Set<EngineEventType>;
}
