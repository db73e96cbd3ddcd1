import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { createHost } from "../cli/host.ts";
import type { Stack } from "../model/stack.ts";
import { describeEngineContract } from "./contract/index.ts";
import { contractStack, fixtureDirectory } from "./contract/stack.ts";
import { composeTextOf } from "./docker/testing/compose-text.ts";
import type { Engine } from "./engine.ts";
import { loadEngine } from "./registry.ts";

const { world } = createHost();

describe("containers", () => {
  const directory = fixtureDirectory();
  const temporary = [directory];
  afterAll(() => {
    for (const path of temporary) rmSync(path, { recursive: true, force: true });
  });
  const file = join(directory, "compose.yml");
  const stack = { ...contractStack(`aegis-contract-${world.pid}`, directory), file };
  writeFileSync(file, composeTextOf(stack));
  const open = async (opened: Stack): Promise<Engine> => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "aegis-state-"));
    temporary.push(stateDirectory);
    return (await loadEngine("docker"))({ stack: opened, world, stateDirectory });
  };
  describeEngineContract({
    name: "docker",
    real: true,
    lacks: ["members"],
    clock: world.clock,
    open: () => open(stack),
    openEmpty: () => open({ ...stack, replicas: [] }),
  });
});
