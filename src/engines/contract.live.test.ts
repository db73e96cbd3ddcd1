import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "../cli/host.ts";
import type { Stack } from "../model/stack.ts";
import { describeEngineContract } from "./contract/index.ts";
import { contractStack, fixtureDirectory } from "./contract/stack.ts";
import type { Engine } from "./engine.ts";
import { engineNames, loadEngine } from "./registry.ts";

const { world } = createHost();
const directory = fixtureDirectory();
const stack = contractStack("contract", directory);

for (const name of engineNames) {
  const open = async (opened: Stack): Promise<Engine> => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "aegis-state-"));
    return (await loadEngine(name))({ stack: opened, world, stateDirectory });
  };
  describeEngineContract({
    name,
    real: name !== "dry",
    clock: world.clock,
    open: () => open(stack),
    openEmpty: () => open({ ...stack, replicas: [] }),
  });
}
