/** What a role may do to its process: built once in main.ts and handed in, so that roles run in tests too. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** Writes to stdout; `written` is called when the system has it, so that it survives our death. */
  print(text: string, written?: () => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
  /** Called at the first SIGTERM or SIGINT. */
  onTerminate(listener: () => void): void;
  residentBytes(): number;
}
