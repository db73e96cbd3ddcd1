/** What an image is made for, or a daemon runs. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** What processors run besides their own kind. */
const ALSO: Readonly<Record<string, readonly string[]>> = { amd64: ["386"], arm64: ["arm"] };

/**
 * Will it run there? Images that do not say what they are for may; so does what the replica runs already, by whatever
 * emulation.
 */
export function runsOn(image: Platform, daemon: Platform, proven: Platform): boolean {
  const { os, architecture } = image;
  if (architecture === "" || isLike(image, proven)) return true;
  const runs = [daemon.architecture, ...(ALSO[daemon.architecture] ?? [])];
  return (os === "" || os === daemon.os) && runs.includes(architecture);
}

function isLike(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture;
}
