const SUFFIX = ".aegis-next";

/** What a container is called that shall take the place of another one, until that other one is gone. */
export function nextName(name: string): string {
  return `${name}${SUFFIX}`;
}

/** With or without the slash that Docker puts before names. */
export function isNextName(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** The name that it gets in the end, without a slash. */
export function finalName(name: string): string {
  const bare = name.replace(/^\//, "");
  return isNextName(bare) ? bare.slice(0, -SUFFIX.length) : bare;
}
