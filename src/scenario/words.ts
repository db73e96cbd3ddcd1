import { didYouMean } from "../kit/suggest.ts";
import { parseDuration } from "../kit/units.ts";

/** A mistake inside one line of a scenario's own little languages. */
export class PhraseError extends Error {
  override readonly name = "PhraseError";
  readonly hint: string | undefined;
  /** 0-based, in the text. */
  readonly offset: number;

  constructor(message: string, offset: number, hint?: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

interface Token {
  readonly text: string;
  readonly offset: number;
}

/** Reads a phrase (an assertion, a `when:`) word by word. Operators, commas and plus signs need no space around them. */
export class Words {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = [...text.matchAll(/[=!<>≤≥]+|,|\+|[^\s=!<>≤≥,+]+/g)].map((match) => ({
      text: match[0],
      offset: match.index,
    }));
  }

  /** The next word, without taking it; empty at the end. */
  get next(): string {
    return this.#tokens[this.#next]?.text ?? "";
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  /** Where the next word begins. */
  get offset(): number {
    return this.#tokens[this.#next]?.offset ?? this.text.length;
  }

  take(): string {
    const text = this.next;
    this.#next += 1;
    return text;
  }

  /** Takes the next word if it is this one. */
  accept(word: string): boolean {
    if (this.next !== word) return false;
    this.#next += 1;
    return true;
  }

  /** Takes one of the words, or fails with what was meant. */
  oneOf<Word extends string>(words: readonly Word[], what: string): Word {
    const found = words.find((word) => word === this.next);
    if (found === undefined) this.fail(`expected ${what}, got ${this.got()}`, this.meant(words));
    this.#next += 1;
    return found as Word;
  }

  /** `+ 2s`, in ms; 0 when there is none. */
  plus(): number {
    return this.accept("+") ? this.duration(" after +") : 0;
  }

  /** `2s`, in ms. */
  duration(where = ""): number {
    const ms = parseDuration(this.next);
    if (ms === undefined) {
      const hint = /^\d+(\.\d+)?$/.test(this.next) ? `write ${this.next}s` : "write it like 2s";
      this.fail(`expected a duration${where}, got ${this.got()}`, hint);
    }
    this.#next += 1;
    return ms;
  }

  end(): void {
    if (!this.atEnd) this.fail(`expected nothing more, got ${this.got()}`, "remove it");
  }

  /** The next word as it is told to people. */
  got(): string {
    return this.atEnd ? "the end of the line" : `"${this.next}"`;
  }

  meant(words: readonly string[]): string {
    return this.atEnd ? `add one of: ${words.join(", ")}` : didYouMean(this.next, words);
  }

  /** Throws PhraseError at the next word, or at an offset. */
  fail(message: string, hint?: string, offset = this.offset): never {
    throw new PhraseError(message, offset, hint);
  }
}
