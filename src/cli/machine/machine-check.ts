/** One thing that runs rest on. */
export interface MachineCheck {
  /** `warning`: works, but look at it; `bad`: something will not work. */
  readonly status: "ok" | "warning" | "bad";
  readonly what: string;
  readonly says: string;
  /** What to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}
