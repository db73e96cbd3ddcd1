import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { contractStack } from "../contract/stack.ts";
import { world } from "../process/testing/world.ts";
import { connectDocker } from "./client.ts";
import { runProbe } from "./survey/probe.ts";
import { type DockerSurvey, surveyDocker } from "./survey.ts";

const PATIENT_MS = 60_000;
/** Of which nothing is there. */
const STACK = contractStack("aegis-test-nothing", "/nowhere");
const client = connectDocker(world.env);
const docker = (...args: string[]): string => execFileSync("docker", args, { encoding: "utf8" });
const probes = (): string => docker("ps", "-aq", "--filter", "label=aegis.role=probe").trim();

describe("the Docker of this machine", () => {
  let survey: DockerSurvey;
  beforeAll(async () => {
    survey = await surveyDocker(client, world, STACK, PATIENT_MS);
  }, 2 * PATIENT_MS);

  test("says of itself what the docker command says of it", () => {
    const format = "{{.ServerVersion}} {{.KernelVersion}} {{.CgroupVersion}} {{.Driver}}";
    const { version, kernel, cgroup, storage } = survey.daemon;
    expect(`${version} ${kernel} ${cgroup} ${storage}\n`).toBe(docker("info", "--format", format));
    expect(survey.daemon.api).toBe(docker("version", "--format", "{{.Server.APIVersion}}").trim());
    expect(survey.remote).toBe(null);
  });

  test("has a compose that says its version", () => {
    expect(survey.compose).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) });
  });

  test("lets helpers into the host's pid namespace and at the network", () => {
    expect(survey.helperImage.found).not.toBe(null);
    expect(survey.pidHost, JSON.stringify(survey.pidHost)).toMatchObject({ is: "yes" });
    expect(survey.netAdmin, JSON.stringify(survey.netAdmin)).toMatchObject({ is: "yes" });
  });

  test("has looked for netem, or says what it would have to look at", () => {
    expect(survey.netem).toMatchObject({ is: expect.stringMatching(/^(yes|no|not known)$/) });
  });

  test("keeps no probe", async () => {
    await expect.poll(probes, { timeout: PATIENT_MS }).toBe("");
  });
});

test("what the daemon refuses is a no in its own words", async () => {
  const probe = { client, world, image: "node:24-bookworm-slim", limitMs: PATIENT_MS, script: "" };
  const refused = runProbe({ ...probe, allow: { PidMode: "container:no-such-one" } });
  await expect(refused).rejects.toThrow(/no-such-one/);
});

test(
  "a probe that hangs is given up, and is gone",
  async () => {
    const script = "setInterval(() => {}, 1000)";
    const probe = {
      client,
      world,
      image: "node:24-bookworm-slim",
      limitMs: 3000,
      script,
      allow: {},
    };
    await expect(runProbe(probe)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: "cannot run a probe: no answer within 3 s",
    });
    await expect.poll(probes, { timeout: PATIENT_MS }).toBe("");
  },
  PATIENT_MS,
);

test(
  "an image without node says nothing about the machine",
  async () => {
    const env = { ...world.env, AEGIS_HELPER_IMAGE: "debian:bookworm-slim" };
    const survey = await surveyDocker(client, { ...world, env }, STACK, PATIENT_MS);
    expect(survey.helperImage).toEqual({
      found: "debian:bookworm-slim",
      candidates: ["debian:bookworm-slim"],
      unobtainable: null,
    });
    expect(survey.pidHost).toEqual({
      is: "not known",
      why: "the helper image debian:bookworm-slim has no node to try it with",
    });
  },
  2 * PATIENT_MS,
);

test(
  "without an image nothing is tried, and nothing is pulled",
  async () => {
    const env = { ...world.env, AEGIS_HELPER_IMAGE: "aegis-no-such-image" };
    const survey = await surveyDocker(client, { ...world, env }, STACK, PATIENT_MS);
    expect(survey.helperImage.found).toBe(null);
    expect([survey.pidHost.is, survey.netAdmin.is]).toEqual(["not known", "not known"]);
  },
  2 * PATIENT_MS,
);
