import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProblemsError } from "../kit/problem.ts";
import { loadPlans, type PlanFlags } from "./load-plans.ts";
import { fakeHost } from "./testing/fake-host.ts";

const WEB = `services:
  web:
    image: none
    x-aegis: { process: { command: [node, server.js], port: 3000 } }
`;

/** What is thrown for these files with `mine.yml` as the stack. */
function refusal(compose: string, files: readonly string[]): ProblemsError {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-plans-"));
  try {
    writeFileSync(join(cwd, "mine.yml"), compose);
    loadPlans(fakeHost({ cwd }).world, files, { compose: "mine.yml" });
  } catch (thrown) {
    return thrown as ProblemsError;
  } finally {
    rmSync(cwd, { recursive: true });
  }
  throw new Error("expected a refusal");
}

test("without a scenario it is the bundled zero-downtime, as if that had been typed", () => {
  const flags = { seed: 1 };
  const typed = loadPlans(fakeHost().world, ["zero-downtime"], flags);
  expect(loadPlans(fakeHost().world, [], flags)).toEqual(typed);
  expect(typed[0]?.plan.file).toBe("zero-downtime");
});

test("where the default scenario does not fit a stack of the user's, it says how to write one that does", () => {
  const { problems, hint } = refusal(WEB, []);
  expect(problems.map(({ message }) => message).join()).toContain("app");
  expect(hint).toBe("write one for this stack: aegis init --compose mine.yml");
});

test("not where a scenario was named, nor where the compose file itself is wrong", () => {
  expect(refusal(WEB, ["freeze"]).hint).toBeUndefined();
  expect(refusal(WEB.replace("port: 3000", "prt: 3000"), []).hint).toBeUndefined();
});

test("the engine that runs nothing is none for a stack of a user's", () => {
  const run = () => loadPlans(fakeHost().world, ["freeze"], { engine: "dry" });
  expect(run).toThrow('there is no engine "dry"');
  expect(loadPlans(fakeHost().world, ["freeze"], { engine: "process" })).toHaveLength(1);
});

test("a plan keeps the options that it takes to play it again, and no others", () => {
  const optionsOf = (flags: PlanFlags) =>
    loadPlans(fakeHost().world, ["freeze"], flags)[0]?.plan.options;
  const defaults = { replicas: 3, ready: "/", seed: 1, waitTimeout: 60_000 };
  expect(optionsOf(defaults)).toBeUndefined();
  expect(optionsOf({ ...defaults, waitTimeout: 150_000 })).toEqual(["--wait-timeout", "2m30s"]);
  expect(optionsOf({ cmd: "node x.js", replicas: 3, ready: "/", url: "/a", project: "p" })).toEqual(
    ["--project", "p", "--cmd", "node x.js", "--replicas", "3", "--ready", "/", "--url", "/a"],
  );
});

test.each([2, 3, 5])(
  "of %i replicas of a command all but the one that is harmed must stay ready",
  (replicas) => {
    const command = { cmd: "node x.js", replicas };
    for (const files of [[], ["zero-downtime"]]) {
      const [loaded] = loadPlans(fakeHost().world, files, command);
      const about = loaded?.plan.assertions.filter(({ text }) => text.includes("ready"));
      expect(about).toMatchObject([
        {
          text: `app.ready >= ${replicas - 1} throughout`,
          test: { condition: { limits: [{ kind: "number", value: replicas - 1 }] } },
        },
      ]);
    }
  },
);

test("zero downtime of one replica is refused, with what can be had of it", () => {
  const load = () => loadPlans(fakeHost().world, [], { cmd: "node x.js", replicas: 1 });
  expect(load).toThrow("one replica cannot have zero downtime");
  expect(load).toThrow(
    expect.objectContaining({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("aegis init --cmd 'node x.js' --replicas 1"),
    }),
  );
  const named = () => loadPlans(fakeHost().world, ["freeze"], { cmd: "node x.js", replicas: 1 });
  expect(named()).toHaveLength(1);
});

test("the vantage of the command line wins over the file's, and is kept to play it again", () => {
  const planWith = (flags: PlanFlags) => loadPlans(fakeHost().world, ["freeze"], flags)[0]?.plan;
  expect(planWith({})?.vantage).toBe("auto");
  expect(planWith({ vantage: "host" })).toMatchObject({
    vantage: "host",
    options: ["--vantage", "host"],
  });
});
