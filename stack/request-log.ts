/** An id that is safe to print in a line of its own. */
const PRINTABLE_ID = /^[\w.:/+=@-]{1,128}$/;

/** The id, or undefined when it is missing or would not stay one word of a log line. */
export function printableId(id: unknown): string | undefined {
  return typeof id === "string" && PRINTABLE_ID.test(id) ? id : undefined;
}

/** One request as all roles (and nginx.conf) log it: `request <id> <method> <path> <status>`; the status is 499 when the client left first. */
export interface LoggedRequest {
  readonly id: unknown;
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export function requestLine({ id, method, url, status }: LoggedRequest): string {
  const query = url.indexOf("?");
  const path = query === -1 ? url : url.slice(0, query);
  return `request ${printableId(id) ?? "-"} ${method} ${path} ${status}\n`;
}

/** Lines that may wait up to 20 ms, so that a busy role writes 50 times a second and not once per request. */
export class LineBuffer {
  static readonly FLUSH_MS = 20;
  readonly #print: (text: string) => void;
  #waiting = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  add(line: string): void {
    this.#waiting += line;
    this.#timer ??= setTimeout(() => this.flush(), LineBuffer.FLUSH_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") this.#print(text);
  }
}
