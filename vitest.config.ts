import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/lab/sequencer.ts";

/**
 * Kinds of tests, told apart by their names:
 * pure (`*.test.ts`: data in, data out, in seconds), live (`*.live.test.ts` beside the code and all of `test/`:
 * real processes and sockets), docker (`*.docker.test.ts`: real containers), long (`*.long.test.ts`: minutes, by hand and before a release).
 * Most tests of the live and docker kinds start a whole stack: three at a time keep two cores busy, more only slow each other
 * down until stacks have no CPU to answer in time. So tests of one file run one after the other.
 */
const never = ["dist/**", "node_modules/**"];
/**
 * They judge a stack by each request of minutes, and mostly wait: a few side by side leave the machine idle enough, but what
 * others build and start meanwhile would be judged with it.
 */
const JUDGING = ["test/{scenarios,releases,rollout-company}"];
const judging = (kind: string) => JUDGING.map((path) => `${path}${kind}`);
const live = { testTimeout: 60_000, hookTimeout: 60_000 };
const docker = {
  globalSetup: "test/lab/setup.ts",
  runner: "./test/lab/runner.ts",
  testTimeout: 120_000,
  hookTimeout: 120_000,
};
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          ...live,
          name: "live-judging",
          sequence: { groupOrder: 2 },
          include: judging(".test.ts"),
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...docker,
          name: "docker-judging",
          sequence: { groupOrder: 2 },
          include: judging(".docker.test.ts"),
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...live,
          name: "live",
          sequence: { groupOrder: 3 },
          include: ["{src,stack}/**/*.live.test.ts", "test/**/*.test.ts"],
          exclude: [...never, "**/*.{docker,long}.test.ts", ...judging(".test.ts")],
          maxWorkers: 3,
        },
      },
      {
        test: {
          ...docker,
          name: "docker",
          sequence: { groupOrder: 3 },
          include: ["{src,stack,test}/**/*.docker.test.ts"],
          exclude: [...never, ...judging(".docker.test.ts")],
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: "long",
          sequence: { groupOrder: 4 },
          include: process.env["AEGIS_LONG"] ? ["{src,stack,test}/**/*.long.test.ts"] : [],
          exclude: never,
          testTimeout: 3_600_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
