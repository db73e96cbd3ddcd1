#!/usr/bin/env node
import module from "node:module";

// Compiled code is kept for the next command, by a Node that can (22.8): it must be asked before ours is loaded.
module.enableCompileCache?.();
const { main } = await import("../dist/cli/main.js");

await main();
