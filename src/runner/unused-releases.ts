import type { Engine } from "../engines/engine.ts";
import { isOnWayBack } from "../state/course-record.ts";

/**
 * At the end of a session, and of healing: what was built for a release that was taken back, or that nothing runs any more, is
 * not left behind, but for what a way back needs. What cannot be removed now is tried again at the next such end.
 */
export async function dropUnusedReleases(
  engine: Engine,
  stateDirectory: string,
  onProgress: (line: string) => void,
): Promise<void> {
  if (engine.can.releases !== true) return;
  const needed = (image: string): boolean => isOnWayBack(stateDirectory, image);
  const gone = await engine.powers.releases.dropUnused(needed).catch(() => []);
  for (const name of gone) onProgress(`removed the image ${name}: nothing runs it`);
}
