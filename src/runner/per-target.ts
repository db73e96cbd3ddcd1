/**
 * Does something with each, in their order where two are about the same target, else at the same time: what takes long
 * on one replica leaves no other harmed for as long. Rejects, once nothing is under way any more, with what the first that failed has thrown.
 */
export async function perTarget<T, R>(
  items: readonly T[],
  targetsOf: (item: T) => readonly string[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const lastOn = new Map<string, Promise<unknown>>();
  const all = items.map((item) => {
    const targets = targetsOf(item);
    const before = targets.flatMap((target) => lastOn.get(target) ?? []);
    const done = Promise.allSettled(before).then(() => work(item));
    for (const target of targets) lastOn.set(target, done);
    return done;
  });
  await Promise.allSettled(all);
  return Promise.all(all);
}
