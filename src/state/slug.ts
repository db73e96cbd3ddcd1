/** A text as part of a file name: lower-case letters, digits and single dashes, at most `max` long; `fallback` when nothing is left. */
export function slug(text: string, max: number, fallback: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{Mark}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, max + 1)
    .replace(/^-+/, "")
    .slice(0, max)
    .replace(/-+$/, "");
  return plain === "" ? fallback : plain;
}
