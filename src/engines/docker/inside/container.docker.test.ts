import { afterAll, beforeAll, expect, test } from "vitest";
import { world } from "../../process/testing/world.ts";
import { connectDocker } from "../client.ts";
import { type ProgramOptions, startProgram } from "./container.ts";

const client = connectDocker(world.env);
const PROJECT = `aegis-test-inside-${world.drawId()}`;
const NETWORKS = [`${PROJECT}_front`, `${PROJECT}_back`];

beforeAll(async () => {
  for (const Name of NETWORKS) await client.api.createNetwork({ Name });
});
afterAll(async () => {
  for (const { Id } of await helpers()) await client.api.getContainer(Id).remove({ force: true });
  for (const name of NETWORKS) await client.api.getNetwork(name).remove();
});

const helpers = () =>
  client.api.listContainers({ all: true, filters: { label: [`aegis.project=${PROJECT}`] } });

const options: ProgramOptions = {
  client,
  world,
  project: PROJECT,
  images: [],
  program: "src/tester/program.js",
  networks: NETWORKS,
};

/** One of a dead aegis, which was never started. */
async function makeUnstarted(): Promise<string> {
  const Labels = { "aegis.project": PROJECT, "aegis.role": "tester" };
  return (await client.api.createContainer({ Image: "node:24-bookworm-slim", Labels })).id;
}

test("a program is in every network that was asked for, answers, and is gone when it is ended", async () => {
  const program = await startProgram(options);
  const [container, ...others] = await helpers();
  expect(others).toEqual([]);
  expect(container?.Names).toEqual([`/${program.name}`]);
  expect(Object.keys(container?.NetworkSettings.Networks ?? {}).sort()).toEqual(
    NETWORKS.toSorted(),
  );
  program.send('{"kind":"clock"}');
  for await (const line of program.lines) {
    expect(JSON.parse(line)).toEqual({ kind: "clock", now: expect.any(Number) });
    break;
  }
  await Promise.all([program.end(), program.end()]);
  expect(await helpers()).toEqual([]);
});

test("its lines end in an error when it ends by itself, with its own last words", async () => {
  const program = await startProgram({ ...options, program: "src/tester/no-such.js" });
  const read = async () => {
    for await (const line of program.lines) throw new Error(`it said ${line}`);
  };
  await expect(read()).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringMatching(/Cannot find module .*no-such\.js/),
  });
  await program.end();
  expect(await helpers()).toEqual([]);
});

test("an image without node is refused with what to do, and nothing is left", async () => {
  const env = { ...world.env, AEGIS_HELPER_IMAGE: "nginx:1.28-alpine" };
  await expect(startProgram({ ...options, world: { ...world, env } })).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringContaining("node"),
    hint: "set AEGIS_HELPER_IMAGE to an image that has node in it",
  });
  expect(await helpers()).toEqual([]);
});

test("what a dead aegis has made and never started is removed once it is old", async () => {
  const id = await makeUnstarted();
  const ended = async (later: number): Promise<void> => {
    const wall = () => new Date(Date.now() + later);
    const clock = { ...world.clock, wall };
    await (await startProgram({ ...options, world: { ...world, clock } })).end();
  };
  await ended(0);
  expect((await helpers()).map(({ Id }) => Id)).toEqual([id]);
  await ended(600_000);
  expect(await helpers()).toEqual([]);
});
