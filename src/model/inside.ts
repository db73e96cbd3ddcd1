/** A program of ours that runs inside a stack's network, and the way to it. */
export interface InsideProgram {
  /** As a person finds it: the name of its container. */
  readonly name: string;
  /** Sends it one line. */
  send(line: string): void;
  /** What it prints, line by line. Ends with it; throws ENVIRONMENT when the way to it is lost. */
  readonly lines: AsyncIterable<string>;
  /** Ends it at once and leaves nothing of it. Idempotent. It also ends by itself when we are gone. */
  end(): Promise<void>;
}
