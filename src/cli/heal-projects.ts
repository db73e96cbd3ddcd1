import { EXIT_CODES, messageOf } from "../kit/errors.ts";
import { heal } from "../runner/heal.ts";
import { withLock } from "../runner/project.ts";
import { dropUnusedReleases } from "../runner/unused-releases.ts";
import { readLock } from "../state/lock.ts";
import { listProjects, type RememberedProject } from "../state/project-directory.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";

/** Undoes what dead runs left in every remembered project; exit 5 when something could not be undone. */
export async function healProjects(host: Host): Promise<void> {
  let undone = 0;
  let failed = 0;
  let busy = false;
  for (const project of listProjects(host.world)) {
    const result = await healProject(host, project);
    undone += result.undone;
    failed += result.failed;
    busy ||= result.busy;
  }
  if (undone + failed === 0 && !busy) host.stdout.line("nothing to undo");
  if (failed > 0) host.setExitCode(EXIT_CODES.HARM_LEFT);
}

async function healProject(
  host: Host,
  { stateDirectory, record, problem }: RememberedProject,
): Promise<{ undone: number; failed: number; busy: boolean }> {
  if (record === null) {
    host.stderr.line(`${stateDirectory}: ${problem}`);
    return { undone: 0, failed: 1, busy: false };
  }
  const { stack, engine: name, place } = record;
  const world = { ...host.world, env: { ...host.world.env, ...place } };
  const lock = readLock(stateDirectory);
  if (lock?.alive) {
    const { command, identity } = lock.holder;
    host.stderr.line(
      `${stack.project}: in use by \`${command}\` (pid ${identity.pid}), which undoes its own harm`,
    );
    return { undone: 0, failed: 0, busy: true };
  }
  try {
    return await withLock(
      {
        world,
        stack,
        engine: name,
        command: "aegis heal",
        onProgress: (line) => host.stderr.line(line),
      },
      async ({ engine, ledger }) => {
        const free = (await engine.isFree?.()) ?? true;
        if (free !== true) {
          host.stderr.line(`${stack.project}: ${free.no}`);
          return { undone: 0, failed: ledger.open().length, busy: true };
        }
        const { undone, failed } = await heal(engine, ledger, kinds);
        await engine.expireLeases();
        await dropUnusedReleases(engine, stateDirectory, (line) =>
          host.stdout.line(`${stack.project}: ${line}`),
        );
        for (const line of ledger.damage) {
          host.stderr.line(
            `${stack.project}: the ledger is damaged, look whether all is well: ${line}`,
          );
        }
        for (const line of undone) host.stdout.line(`${stack.project}: ${line}`);
        for (const line of failed) host.stderr.line(`${stack.project}: ${line}`);
        return { undone: undone.length, failed: failed.length + ledger.damage.length, busy: false };
      },
    );
  } catch (thrown) {
    host.stderr.line(`${stack.project}: ${messageOf(thrown)}`);
    return { undone: 0, failed: 1, busy: false };
  }
}
