import { defineConfig } from "vitest/config";
import { SpreadingSequencer } from "./test/lab/sequencer.ts";

/**
 * Four kinds of tests, told apart by their names:
 * pure (`*.test.ts`: data in, data out, in seconds), live (`*.live.test.ts` beside the code and all of `test/`:
 * real processes and sockets), docker (`*.docker.test.ts`: real containers; some alone), long (`*.long.test.ts`: minutes, by hand and before a release).
 */
const never = ["dist/**", "node_modules/**"];
/** They judge a stack by each request of minutes: what others build and start meanwhile would be judged with it. */
const ALONE = ["test/{releases,scenarios}.docker.test.ts"];
const docker = {
  globalSetup: "test/lab/setup.ts",
  runner: "./test/lab/runner.ts",
  testTimeout: 120_000,
  hookTimeout: 120_000,
};
export default defineConfig({
  test: {
    sequence: { sequencer: SpreadingSequencer },
    projects: [
      {
        test: {
          name: "pure",
          sequence: { groupOrder: 1 },
          pool: "threads",
          isolate: false,
          maxWorkers: "100%",
          include: ["{src,stack,scripts}/**/*.test.ts"],
          exclude: [...never, "**/*.{live,docker,long}.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "live",
          sequence: { groupOrder: 2 },
          include: ["{src,stack}/**/*.live.test.ts", "test/**/*.test.ts"],
          exclude: [...never, "**/*.{docker,long}.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...docker,
          name: "docker-alone",
          sequence: { groupOrder: 3 },
          include: ALONE,
          maxWorkers: 1,
        },
      },
      {
        test: {
          ...docker,
          name: "docker",
          sequence: { groupOrder: 4 },
          include: ["{src,stack,test}/**/*.docker.test.ts"],
          exclude: [...never, ...ALONE],
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "long",
          sequence: { groupOrder: 5 },
          include: process.env["AEGIS_LONG"] ? ["{src,stack,test}/**/*.long.test.ts"] : [],
          exclude: never,
          testTimeout: 3_600_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
