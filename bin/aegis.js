#!/usr/bin/env node
import { setMaxListeners } from "node:events";
import module from "node:module";

// Compiled code is kept for the next command, by a Node that can (22.8): it must be asked before ours is loaded.
module.enableCompileCache?.();

// What Node warns of on stderr and no user can mend. One listener per replica on the signal of all is no leak, which eleven
// would be taken for; and packages that parse addresses the old way are not theirs (`--trace-deprecation` still tells).
setMaxListeners(0);
if (!process.traceDeprecation) process.noDeprecation = true;

const { main } = await import("../dist/cli/main.js");

await main();
