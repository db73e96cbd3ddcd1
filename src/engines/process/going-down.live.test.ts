import { describe, expect, test } from "vitest";
import { type Connection, openConnection } from "./connection.ts";
import { stateFiles } from "./state-files.ts";
import { openProject, shellSpec, type TestProject } from "./testing/project.ts";

async function dial(project: TestProject): Promise<Connection> {
  const { socket } = stateFiles(project.stateDirectory);
  return (await openConnection(socket, project.stack.project)) as Connection;
}

describe("down", () => {
  test("cuts an up short that was asked for in the same breath", async () => {
    const never = shellSpec("never", "exec sleep 1000", { ready: { http: "/ready" } });
    const project = await openProject([never]);
    const connection = await dial(project);
    const params = { stack: project.stack, timeoutMs: 600_000 };
    const [before, down] = await Promise.allSettled([
      connection.call("up", params),
      connection.call("down", null),
    ]);
    expect(before).toMatchObject({ status: "rejected", reason: { code: "INTERRUPTED" } });
    expect(down).toMatchObject({ status: "fulfilled" });
  });
});
