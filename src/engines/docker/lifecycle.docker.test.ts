import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { docker, projectName } from "../../../test/lab/docker.ts";
import type { Replica } from "../../model/replica.ts";
import type { Engine } from "../engine.ts";
import { world } from "../process/testing/world.ts";
import { openEngine, PATIENCE, PATIENT, specOf, stackIn } from "./testing/project.ts";

const GRACE_S = 3;

/** Does not go when it is asked to. */
const stubborn = {
  image: "node:24-bookworm-slim",
  command: ["node", "-e", 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)'],
  restart: "always",
  stop_grace_period: `${GRACE_S}s`,
};
/** Goes, and says that it did not go well. */
const sour = {
  image: "node:24-bookworm-slim",
  command: [
    "node",
    "-e",
    'process.on("SIGTERM", () => process.exit(3)); setInterval(() => {}, 1e6)',
  ],
};
const stack = stackIn(
  projectName("lifecycle"),
  { version: "2.4", services: { one: stubborn, sour } },
  [
    specOf("one", { stopGraceMs: GRACE_S * 1000 }),
    specOf("sour", { restart: { mode: "no", maxRetries: null } }),
  ],
);
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine(stack);
});
afterAll(async () => {
  await engine.down();
  await engine.close();
});
beforeEach(() => engine.up(PATIENT));

const one = async () => (await engine.replicas())[0] as Replica;

/** All that a fresh process has: the built code and the stack. */
const RESTART = `
import { createHost } from "${world.packageRoot}/dist/src/cli/host.js";
import { createDockerEngine } from "${world.packageRoot}/dist/src/engines/docker/index.js";
const [stack, target, stateDirectory] = process.argv.slice(1).map((text) => JSON.parse(text));
const engine = await createDockerEngine({ stack, world: createHost().world, stateDirectory });
const { id: lease } = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
await engine.powers.lifecycle.restart(target, { lease, injection: "again#1" });
`;

test("a restart whose owner is killed within the grace is brought to its end", async () => {
  const target = await one();
  const from = Math.floor(Date.now() / 1000);
  const parameters = [stack, target, join(stack.directory, "owner")].map((each) =>
    JSON.stringify(each),
  );
  const owner = spawn(world.execPath, ["--input-type=module", "-e", RESTART, ...parameters]);
  onTestFinished(() => void owner.kill("SIGKILL"));
  const signals = () =>
    docker(
      ...["events", "--since", String(from), "--until", String(Math.floor(Date.now() / 1000) + 1)],
      ...["--filter", `label=com.docker.compose.project=${stack.project}`],
      ...["--filter", "event=kill", "--format", "{{.Action}}"],
    );
  await vi.waitFor(async () => expect(await signals()).toBe("kill"), PATIENCE);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await vi.waitFor(async () => {
    const { state, instance } = await one();
    expect(state).toBe("running");
    expect(instance).not.toBe(target.instance);
  }, PATIENCE);
});

test("a stop that ends with an exit code other than 0 has failed, and says with which", async () => {
  const target = (await engine.replicas("sour"))[0] as Replica;
  const { lifecycle } = engine.powers;
  const outcome = { outcome: "failed", exitCode: 3, signal: null };
  expect(await lifecycle.stop(target, null)).toMatchObject(outcome);
});

test("the state of a replica is what it is after all that is being done to it", async () => {
  const { lifecycle } = engine.powers;
  const target = await one();
  const stopping = lifecycle.stop(target, null);
  expect((await lifecycle.stateOf(target)).state).toBe("exited");
  await stopping;
});
