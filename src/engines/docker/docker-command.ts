import { createInterface } from "node:readline";
import { AegisError } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import { saidBy } from "./compose/messages.ts";

/**
 * Runs the docker command, which knows registries' credentials and how to build, to its end; every line it prints is
 * passed on. Returns why it failed, in its own words; null: it did not. Rejects with ENVIRONMENT when there is no such command.
 */
export async function runDocker(
  { env, cwd }: World,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<string | null> {
  const { execa } = await import("execa");
  const options = { cwd, env: { ...env }, extendEnv: false, stdin: "ignore" } as const;
  const child = execa("docker", args, { ...options, all: true, reject: false });
  const lines = createInterface({ input: child.all });
  lines.on("line", (line) => {
    if (line.trim() !== "") onLine(line.trimEnd());
  });
  const { failed, all, code } = await child;
  if (code === "ENOENT") {
    throw new AegisError("ENVIRONMENT", "the docker command is not here to get an image with", {
      hint: "install it, or pull or build the image yourself",
    });
  }
  return failed ? saidBy(all) || (code ?? "it said nothing") : null;
}
