import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, type DockerApi } from "./api.ts";
import { persistentDuties } from "./duties.ts";
import type { HeldCommand } from "./wire.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const held: HeldCommand = {
  key: "k",
  name: "web",
  do: "exec",
  id: "c1",
  identity: ["com.docker.compose.service=web"],
  run: ["fill", "--secret", "disk"],
  undo: ["drain", "--secret", "disk"],
  timeoutMs: 10_000,
};

interface Command {
  readonly words: readonly string[];
  /** When it ends by itself, on the clock of timers. */
  readonly endsAt: number;
  readonly exitCode: number;
}

/** A daemon with one container, in which commands run for as long as they are said to. */
function daemon({ undoTakesMs = 0, undoExits = 0, container = "c1" } = {}) {
  const commands = new Map<string, Command>();
  const asked: string[] = [];
  const refusals: ApiError[] = [];
  const begin = (words: readonly string[], takesMs: number, exitCode = 0): string => {
    const id = `e${commands.size + 1}`;
    commands.set(id, { words, endsAt: performance.now() + takesMs, exitCode });
    return id;
  };
  const isRunning = ({ endsAt }: Command): boolean => performance.now() < endsAt;
  const look = (id: string): object => {
    const command = commands.get(id) as Command;
    const [entrypoint, ...rest] = command.words;
    const Running = isRunning(command);
    return {
      Running,
      ExitCode: Running ? null : command.exitCode,
      Pid: Number(id.slice(1)),
      ProcessConfig: { entrypoint, arguments: rest },
    };
  };
  const inspect = (): object => ({
    Id: container,
    Name: "/shop_web_1",
    State: { Status: "running", Running: true },
    Config: {},
    ExecIDs: [...commands].filter(([, command]) => isRunning(command)).map(([id]) => id),
  });
  const read = (path: string): unknown => {
    if (path.startsWith("/containers/json")) {
      const isAsked = decodeURIComponent(path).includes(held.identity.join());
      return container === "" || !isAsked ? [] : [{ Id: container }];
    }
    const exec = /^\/exec\/(\w+)/.exec(path)?.[1];
    if (exec !== undefined) return look(exec);
    if (path === `/containers/${container}/json`) return inspect();
    throw new ApiError(404, "No such container");
  };
  const change = (words: readonly string[] | undefined): unknown => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal;
    if (words === undefined) return null;
    asked.push(`${words.join(" ")} in ${container} at ${Math.round(performance.now())}`);
    return { Id: begin(words, undoTakesMs, undoExits) };
  };
  const call: DockerApi["call"] = async (method, path, body) =>
    method === "GET" ? read(path) : change((body as { Cmd?: string[] }).Cmd);
  const kill = vi.fn((_container: string, pid: number) => {
    const id = `e${pid}`;
    commands.set(id, { ...(commands.get(id) as Command), endsAt: performance.now() });
  });
  return { api: { call }, asked, refusals, begin, kill };
}

/** Undoes it as at the end of a lease, to its end; gives what was logged. */
async function undo(
  { api, kill }: Pick<ReturnType<typeof daemon>, "api" | "kill">,
  mayCome: boolean,
): Promise<string[]> {
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const patience = { log, isOver: () => false, reached: () => undefined };
  const undoing = persistentDuties(api, patience, kill).undo([held], mayCome);
  await vi.advanceTimersByTimeAsync(120_000);
  await undoing;
  return said;
}

describe("what a command has done", () => {
  test("is undone by the other one, once, with nothing of its words in the log", async () => {
    const docker = daemon();
    expect(await undo(docker, false)).toEqual(["undone: exec web"]);
    expect(docker.asked).toEqual([expect.stringMatching(/^drain --secret disk in c1 at /)]);
  });

  test("is undone only when a command that was on its way has had time to begin, and is ended", async () => {
    const docker = daemon();
    const from = performance.now();
    setTimeout(() => docker.begin(held.run, 60_000), 2_000);
    await undo(docker, true);
    expect(docker.kill.mock.calls).toEqual([["c1", 1]]);
    const at = Number(/at (\d+)/.exec(docker.asked.join())?.[1]);
    expect(at - from).toBeGreaterThanOrEqual(2_900);
    expect(at - from).toBeLessThan(5_000);
  });

  test("is undone when the command has ended by itself, where it may not be killed", async () => {
    const docker = daemon();
    const from = performance.now();
    docker.begin(held.run, 7_000);
    docker.begin(["another"], 60_000);
    const kill = vi.fn(() => {
      throw new Error("no pid namespace");
    });
    await undo({ api: docker.api, kill }, false);
    const at = Number(/at (\d+)/.exec(docker.asked.join())?.[1]);
    expect(at - from).toBeGreaterThanOrEqual(6_900);
    expect(at - from).toBeLessThan(9_000);
    expect(kill).toHaveBeenCalledWith("c1", 1);
    expect(kill).not.toHaveBeenCalledWith("c1", 2);
  });

  test("is undone in the container that has taken the place of the other", async () => {
    const docker = daemon({ container: "c2" });
    await undo(docker, false);
    expect(docker.asked).toEqual([expect.stringMatching(/ in c2 at /)]);
  });

  test("is gone with the container", async () => {
    const docker = daemon({ container: "" });
    expect(await undo(docker, true)).toEqual(["undone: exec web"]);
    expect(docker.asked).toEqual([]);
  });

  test("is undone when the container, which just does not run, does so again", async () => {
    const docker = daemon();
    docker.refusals.push(new ApiError(409, "Container c1 is not running"));
    expect(await undo(docker, false)).toEqual([
      "trying again: Container c1 is not running",
      "undone: exec web",
    ]);
  });
});

test.each([
  ["exits with an error", { undoExits: 3 }, "cannot exec web: it exited 3", 0],
  ["takes too long", { undoTakesMs: 60_000 }, "cannot exec web: it did not finish in time", 1],
])("an undo that %s is not tried again, and that is said", async (_how, options, line, kills) => {
  const docker = daemon(options);
  expect(await undo(docker, false)).toEqual([line]);
  expect(docker.asked).toHaveLength(1);
  expect(docker.kill).toHaveBeenCalledTimes(kills);
});

test("an undo that the daemon refuses does not keep the rest from being undone", async () => {
  const docker = daemon();
  docker.refusals.push(new ApiError(400, "no such program"));
  expect(await undo(docker, false)).toEqual(["cannot exec web: no such program"]);
  expect(docker.asked).toEqual([]);
});
