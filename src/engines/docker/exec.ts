import type { ExecInspectInfo } from "dockerode";
import { AegisError } from "../../kit/errors.ts";
import type { Clock } from "../../kit/world.ts";
import type { Exec, ExecResult } from "../../model/powers.ts";
import { frameReader } from "./helper/frames.ts";
import type { Project } from "./project.ts";
import { identityIn, needExistence, needMotion, recordOf } from "./targets.ts";

const KEPT_BYTES = 4096;
/** After the output has ended the daemon takes a moment to know the exit code. */
const ASK_AGAIN_MS = 20;
const LONGEST_START_MS = 5000;

/** Commands in the container of a replica. */
export function createExec(project: Project): Exec {
  return {
    run: async (target, command, timeoutMs) => {
      const record = recordOf(await project.watch(), project.stack.project, target);
      needMotion(record);
      return runIn(project, record.container.id, record.spec.name, command, timeoutMs);
    },
    hold: async (target, harm, hold) => {
      const record = recordOf(await project.watch(), project.stack.project, target);
      needExistence(record);
      await project.wardens.hold(hold, {
        key: record.key,
        name: record.spec.name,
        do: "exec",
        id: record.container.id,
        identity: identityIn(project.stack, record.spec),
        ...harm,
      });
    },
    free: ({ key }, { undo }) => project.wardens.free(key, undo),
  };
}

/** Rejects with ENVIRONMENT when the command cannot be started or takes longer than `timeoutMs`: it is killed then, where that is possible. */
async function runIn(
  { client, ask, wardens, world }: Project,
  id: string,
  name: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ExecResult> {
  const text = command.join(" ");
  const doing = `run "${text}" in ${name}`;
  const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true };
  const exec = await client.api
    .getContainer(id)
    .exec(options)
    .catch((thrown) => ask(Promise.reject(thrown), doing));
  if (exec === null) throw new AegisError("ENVIRONMENT", `cannot ${doing}`);
  const stream = await ask(exec.start({ hijack: true, stdin: false }), doing);
  const output = { stdout: tail(), stderr: tail() };
  const read = frameReader((kind, content) => output[kind].add(content));
  const ended = new Promise<"ended">((resolve) => {
    stream?.on("data", read);
    stream?.once("close", () => resolve("ended"));
    stream?.once("error", () => resolve("ended"));
  });
  const enough = new AbortController();
  const late = world.clock.sleep(timeoutMs, enough.signal).then(() => "late" as const);
  const first = await Promise.race([ended, late]);
  enough.abort();
  stream?.destroy();
  if (first === "late") {
    const pid = await startedPid(async () => ask(exec.inspect(), doing), world.clock);
    if (pid !== null) await wardens.crash({ id, pid, name }).catch(() => undefined);
    throw new AegisError(
      "ENVIRONMENT",
      `"${text}" did not finish within ${timeoutMs} ms on ${name}`,
      {
        hint: "give it more time, or let it do its work in the background",
      },
    );
  }
  for (;;) {
    const { ExitCode, Running } = (await ask(exec.inspect(), doing)) ?? {};
    if (Running !== true || typeof ExitCode === "number") {
      return outcome(ExitCode ?? -1, output.stdout.text(), output.stderr.text(), doing);
    }
    await world.clock.sleep(ASK_AGAIN_MS);
  }
}

/** The process of a command, which a busy daemon may not have started yet; null: it has ended, or never began. */
async function startedPid(
  inspect: () => Promise<ExecInspectInfo | null>,
  clock: Clock,
): Promise<number | null> {
  for (let waited = 0; waited < LONGEST_START_MS; waited += ASK_AGAIN_MS) {
    const told = await inspect();
    if (told === null || told.ExitCode !== null) return null;
    if (told.Pid > 0) return told.Pid;
    await clock.sleep(ASK_AGAIN_MS);
  }
  return null;
}

/** A command that is not there: the daemon says so in its output. */
function outcome(exitCode: number, stdout: string, stderr: string, doing: string): ExecResult {
  const said = /^OCI runtime exec failed: (.*)/s.exec(stdout)?.[1];
  if ((exitCode === 126 || exitCode === 127) && said !== undefined) {
    throw new AegisError("ENVIRONMENT", `cannot ${doing}: ${said.trim()}`, {
      hint: "is the program in the image?",
    });
  }
  return { exitCode, stdout, stderr };
}

function tail() {
  let kept: Buffer = Buffer.alloc(0);
  return {
    add: (chunk: Buffer): void => {
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES);
    },
    text: (): string => kept.toString("utf8"),
  };
}
