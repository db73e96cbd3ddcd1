import { defineConfig } from "vitest/config";

/**
 * Three kinds of tests, told apart by their names:
 * pure (`*.test.ts`: data in, data out, in seconds), live (`*.live.test.ts` beside the code and all of `test/`:
 * real processes and sockets), long (`*.long.test.ts`: minutes, by hand and before a release).
 */
const never = ["dist/**", "node_modules/**"];
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          sequence: { groupOrder: 1 },
          pool: "threads",
          isolate: false,
          include: ["{src,stack,scripts}/**/*.test.ts"],
          exclude: [...never, "**/*.live.test.ts", "**/*.long.test.ts"],
        },
      },
      {
        test: {
          name: "live",
          sequence: { groupOrder: 2 },
          include: ["{src,stack}/**/*.live.test.ts", "test/**/*.test.ts"],
          exclude: [...never, "**/*.long.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "long",
          sequence: { groupOrder: 3 },
          include: process.env["AEGIS_LONG"] ? ["{src,stack,test}/**/*.long.test.ts"] : [],
          exclude: never,
          testTimeout: 3_600_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
