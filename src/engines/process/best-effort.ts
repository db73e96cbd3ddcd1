/** Does what is nice to have: a full disk costs a log line or a record, never the stack. */
export function bestEffort(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
