/** Methods that may reach a member twice without doing anything twice (RFC 9110, section 9.2.2). */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

export function isRepeatable(method: string): boolean {
  return REPEATABLE.has(method);
}

/**
 * May a try that failed be repeated on another member? Always when the connection was never established, because
 * then nothing was sent; otherwise only when the method is repeatable and the whole body is still at hand.
 */
export function mayRepeat(failed: {
  readonly method: string;
  readonly sent: boolean;
  readonly bodyKept: boolean;
}): boolean {
  if (!failed.sent) return true;
  return failed.bodyKept && isRepeatable(failed.method);
}
