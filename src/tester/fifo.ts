/** A queue in a ring that grows: push and shift without moving what is in between. */
export class Fifo<T> {
  #items: (T | undefined)[] = new Array(64).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[this.#slot(this.#length)] = item;
    this.#length += 1;
  }

  /** Puts an item back in front of all others. */
  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#length += 1;
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  /** `index` 0 is the oldest. */
  at(index: number): T | undefined {
    return index < this.#length ? this.#items[this.#slot(index)] : undefined;
  }

  /** Takes the newest. */
  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    this.#length -= 1;
    const slot = this.#slot(this.#length);
    const item = this.#items[slot];
    this.#items[slot] = undefined;
    return item;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    return item;
  }

  #slot(index: number): number {
    return (this.#head + index) & (this.#items.length - 1);
  }

  #grow(): void {
    const old = this.#items;
    const items: (T | undefined)[] = new Array(old.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) {
      items[i] = old[this.#slot(i)];
    }
    this.#items = items;
    this.#head = 0;
  }
}
