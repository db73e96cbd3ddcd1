/** What is wrong in a text, and at which character (0-based). */
export interface InterpolationProblem {
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Fills variables into a text as compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?message}`, `${NAME?message}`, `${NAME:+other}`, `${NAME+other}`, `$$` for a dollar sign; what stands behind the
 * operator may hold variables again. With a colon an empty variable counts as unset; an unset one is an empty text.
 */
export function interpolate(text: string, env: Env): string | InterpolationProblem {
  if (!text.includes("$")) return text;
  try {
    return new Reader(text, env).untilEnd();
  } catch (thrown) {
    if (thrown instanceof Stop) return thrown.problem;
    throw thrown;
  }
}

class Stop extends Error {
  readonly problem: InterpolationProblem;

  constructor(problem: InterpolationProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Reader {
  readonly #text: string;
  readonly #env: Env;
  #at = 0;

  constructor(text: string, env: Env) {
    this.#text = text;
    this.#env = env;
  }

  untilEnd(): string {
    return this.#read(() => this.#at < this.#text.length);
  }

  #read(more: () => boolean): string {
    let result = "";
    while (more()) {
      const char = this.#text[this.#at] as string;
      if (char === "$") result += this.#variable();
      else {
        result += char;
        this.#at += 1;
      }
    }
    return result;
  }

  #variable(): string {
    const start = this.#at;
    if (this.#take(/\$\$/y) !== undefined) return "$";
    const plain = this.#take(/\$([A-Za-z_]\w*)/y);
    if (plain !== undefined) return this.#env[plain.slice(1)] ?? "";
    const braced = this.#take(/\$\{[A-Za-z_]\w*/y);
    if (braced === undefined) throw this.#invalid(start);
    const name = braced.slice(2);
    const operator = this.#take(/:?[-?+]/y) ?? "";
    const rest = operator === "" ? "" : this.#read(() => this.#inBraces(start));
    if (this.#take(/\}/y) === undefined) throw this.#invalid(start);
    return this.#value({ name, operator, rest, start });
  }

  #inBraces(start: number): boolean {
    if (this.#at >= this.#text.length) throw this.#invalid(start);
    return this.#text[this.#at] !== "}";
  }

  #value(variable: { name: string; operator: string; rest: string; start: number }): string {
    const { name, operator, rest, start } = variable;
    const value = this.#env[name];
    const isSet = value !== undefined && !(operator.startsWith(":") && value === "");
    switch (operator.at(-1)) {
      case "-":
        return isSet ? value : rest;
      case "+":
        return isSet ? rest : "";
      case "?":
        if (isSet) return value;
        throw new Stop({
          message: `the variable ${name} is required${rest === "" ? "" : `: ${rest}`}`,
          hint: `set ${name} in the environment or in .env`,
          offset: start,
        });
      default:
        return value ?? "";
    }
  }

  /** What the sticky pattern matches here, stepping over it. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    this.#at += match?.length ?? 0;
    return match;
  }

  #invalid(offset: number): Stop {
    return new Stop({
      message: `"${this.#text.slice(offset, offset + 24)}" is not a variable`,
      hint: "for a dollar sign write $$; a variable is a name in braces after one, {NAME} or {NAME:-default}",
      offset,
    });
  }
}
