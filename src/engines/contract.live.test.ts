import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createHost } from "../cli/host.ts";
import type { Stack } from "../model/stack.ts";
import { describeEngineContract } from "./contract/index.ts";
import { contractStack, fixtureDirectory } from "./contract/stack.ts";
import type { Engine } from "./engine.ts";
import { loadEngine } from "./registry.ts";

const { world } = createHost();
const directory = fixtureDirectory();
const temporary = [directory];
afterAll(() => {
  for (const path of temporary) rmSync(path, { recursive: true, force: true });
});

for (const name of ["process"]) {
  const open = async (stack: Stack): Promise<Engine> => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "aegis-state-"));
    temporary.push(stateDirectory);
    return (await loadEngine(name))({ stack, world, stateDirectory });
  };
  const stack = contractStack("contract", directory);
  describeEngineContract({
    name,
    real: true,
    clock: world.clock,
    open: () => open(stack),
    openEmpty: () => open({ ...stack, replicas: [] }),
  });
}
