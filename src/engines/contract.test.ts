import { createHost } from "../cli/host.ts";
import type { Stack } from "../model/stack.ts";
import { describeEngineContract } from "./contract/index.ts";
import { contractStack } from "./contract/stack.ts";
import { createDryEngine } from "./dry/index.ts";

const { world } = createHost();
const stack = contractStack("contract", "/nowhere");
const open = (opened: Stack) =>
  createDryEngine({ stack: opened, world, stateDirectory: "/nowhere" });

describeEngineContract({
  name: "dry",
  real: false,
  clock: world.clock,
  open: () => open(stack),
  openEmpty: () => open({ ...stack, replicas: [] }),
});
