import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { connectDocker, dockerProblem } from "./client.ts";
import { findEndpoint } from "./endpoint.ts";

const config = mkdtempSync(join(tmpdir(), "aegis-docker-config-"));
afterAll(() => rmSync(config, { recursive: true }));

function writeContext(name: string, host: string): void {
  const id = createHash("sha256").update(name).digest("hex");
  const directory = join(config, "contexts", "meta", id);
  mkdirSync(directory, { recursive: true });
  const meta = { Name: name, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  writeFileSync(join(directory, "meta.json"), JSON.stringify(meta));
}

describe("the daemon is the one that the docker command would use", () => {
  writeContext("far", "ssh://me@far.example");
  writeContext("near", "unix:///run/near.sock");
  writeFileSync(join(config, "config.json"), JSON.stringify({ currentContext: "near" }));
  const bare = join(config, "nothing-here");

  test.each([
    ["nothing said", { DOCKER_CONFIG: bare }, "unix:///var/run/docker.sock", "the default"],
    ["the current context", {}, "unix:///run/near.sock", 'the docker context "near"'],
    [
      "a context by name",
      { DOCKER_CONTEXT: "far" },
      "ssh://me@far.example",
      'the docker context "far"',
    ],
    [
      "the default context",
      { DOCKER_CONTEXT: "default" },
      "unix:///var/run/docker.sock",
      "the default",
    ],
    [
      "DOCKER_HOST before all contexts",
      { DOCKER_HOST: "tcp://10.0.0.5:2376", DOCKER_CONTEXT: "far" },
      "tcp://10.0.0.5:2376",
      "DOCKER_HOST",
    ],
    [
      "DOCKER_HOST without a scheme",
      { DOCKER_HOST: "10.0.0.5:2375" },
      "tcp://10.0.0.5:2375",
      "DOCKER_HOST",
    ],
  ])("%s", (_, env, url, chosenBy) => {
    expect(findEndpoint({ DOCKER_CONFIG: config, ...env })).toMatchObject({ url, chosenBy });
  });

  test("a context that does not exist is said, with what to do", () => {
    const find = () => findEndpoint({ DOCKER_CONFIG: config, DOCKER_CONTEXT: "gone" });
    expect(find).toThrow(
      expect.objectContaining({ code: "ENVIRONMENT", hint: expect.stringContaining("context ls") }),
    );
  });

  test.each([
    ["unix:///run/d.sock", { remote: null, socketPath: "/run/d.sock" }],
    ["tcp://127.0.0.1:2375", { remote: null, socketPath: null }],
    ["tcp://docker:2375", { remote: "docker", socketPath: null }],
    ["ssh://me@far.example", { remote: "far.example", socketPath: null }],
  ])("%s is on this machine or another", (DOCKER_HOST, expected) => {
    expect(connectDocker({ DOCKER_HOST })).toMatchObject(expected);
  });

  test("what names no daemon is refused", () => {
    expect(() => connectDocker({ DOCKER_HOST: "ftp://x" })).toThrow(/ftp:\/\/x/);
  });
});

describe("what the daemon throws is something to act on", () => {
  const client = connectDocker({ DOCKER_HOST: "unix:///run/d.sock" });
  const errno = (code: string) => Object.assign(new Error(code), { code });
  const answer = (statusCode: number, message: string) =>
    Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), {
      statusCode,
      json: { message },
    });

  test.each([
    [errno("ENOENT"), /no Docker daemon at unix:\/\/\/run\/d\.sock/, /start Docker/],
    [errno("ECONNREFUSED"), /nothing listens there/, /DOCKER_HOST/],
    [errno("EACCES"), /permission denied/, /group docker/],
    [
      answer(404, "No such image: shop:1"),
      /cannot start app1: No such image: shop:1/,
      /docker pull shop:1/,
    ],
    [answer(500, "port is already allocated"), /port is already allocated$/, /free the port/],
  ])("%s", (thrown, message, hint) => {
    const problem = dockerProblem(thrown, client, "start app1");
    expect(problem).toMatchObject({ code: "ENVIRONMENT", cause: thrown });
    expect(problem.message).toMatch(message);
    expect(problem.hint).toMatch(hint);
  });

  test("an error of ours stays as it is", () => {
    const own = dockerProblem(errno("ENOENT"), client, "look");
    expect(dockerProblem(own, client, "look again")).toBe(own);
  });
});
