import { inject, TestRunner } from "vitest";

/** Runs tests of containers; without Docker it skips every one of them, so that no test file has to ask. */
// biome-ignore lint/style/noDefaultExport: vitest takes a runner only so.
export default class DockerRunner extends TestRunner {
  constructor(config: ConstructorParameters<typeof TestRunner>[0]) {
    super(config);
    if (inject("dockerMissing") !== null) config.testNamePattern = /(?!)/;
  }
}
