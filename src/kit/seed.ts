/** 32 bits of FNV-1a with a murmur3 finalizer: small, seedable, the same on every machine. */
export function hash32(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join("\u0000")) {
    hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on nothing but its arguments: adding a step reshuffles no other. */
export function fraction(seed: number, ...parts: readonly (string | number)[]): number {
  return hash32(seed, ...parts) / 2 ** 32;
}

/** The items ranked by hash(seed, ...parts, key): the first n are the random choice of n. */
export function rank<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  seed: number,
  ...parts: readonly (string | number)[]
): T[] {
  return items
    .map((item) => ({ item, key: keyOf(item), order: hash32(seed, ...parts, keyOf(item)) }))
    .sort((a, b) => a.order - b.order || a.key.localeCompare(b.key))
    .map(({ item }) => item);
}
