import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { contractStack } from "../contract/stack.ts";
import { world } from "../process/testing/world.ts";
import { connectDocker } from "./client.ts";
import { surveyDocker } from "./survey.ts";

const STACK = contractStack("aegis-test-nothing", "/nowhere");

function emptyDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "aegis-survey-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a daemon that is not there is said to be, with what to do", async () => {
  const client = connectDocker({ DOCKER_HOST: `unix://${emptyDirectory()}/docker.sock` });
  await expect(surveyDocker(client, world, STACK)).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringContaining("no Docker daemon at unix://"),
    hint: expect.stringContaining("DOCKER_HOST"),
  });
});

test("a daemon that takes the question and never answers is given up", async () => {
  const path = join(emptyDirectory(), "docker.sock");
  const server = createServer(() => {}).listen(path);
  onTestFinished(() => void server.close());
  const client = connectDocker({ DOCKER_HOST: `unix://${path}` });
  await expect(surveyDocker(client, world, STACK, 300)).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: "cannot ask Docker what it can do: no answer within 0.3 s",
  });
});
