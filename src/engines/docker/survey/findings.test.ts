import { describe, expect, test } from "vitest";
import type { DockerSurvey } from "../survey.ts";
import { findingsOf, lacksOf } from "./findings.ts";

const WELL: DockerSurvey = {
  endpoint: "unix:///var/run/docker.sock",
  chosenBy: "the default",
  remote: null,
  daemon: {
    version: "28.2.2",
    api: "1.50",
    system: "Debian GNU/Linux 12",
    kernel: "6.1.0-40-amd64",
    cgroup: 2,
    rootless: false,
    remapped: false,
    storage: "overlay2",
  },
  compose: { command: "docker compose", version: "2.39.1" },
  needsCompose: true,
  helperImage: {
    found: "aegis-stack",
    candidates: ["aegis-stack", "node:24-bookworm-slim"],
    unobtainable: null,
  },
  pidHost: { is: "yes", how: "seen" },
  netAdmin: { is: "yes", how: "seen" },
  netem: { is: "yes", how: "seen" },
};

/** `what: status: says` of each finding. */
function told(survey: DockerSurvey): string[] {
  return findingsOf(survey).map(({ what, status, says }) => `${what}: ${status}: ${says}`);
}

describe("a Docker that can do everything", () => {
  test("has nothing to look at, and no power lacks", () => {
    expect(told(WELL)).toEqual([
      "docker daemon: ok: 28.2.2, API 1.50, at unix:///var/run/docker.sock (from the default)",
      "docker compose: ok: docker compose 2.39.1 (v2 or later)",
      "docker host: ok: Debian GNU/Linux 12, kernel 6.1.0-40-amd64, cgroup v2, with root's rights, storage overlay2",
      "docker helper image: ok: aegis-stack",
      "docker --pid=host: ok: yes: seen",
      "docker NET_ADMIN: ok: yes: seen",
      "docker netem: ok: yes: seen",
    ]);
    expect(findingsOf(WELL).filter(({ hint }) => hint !== null)).toEqual([]);
    expect(lacksOf(WELL)).toEqual({});
  });
});

describe("a Docker", () => {
  test("on another machine is named, with what harm there takes", () => {
    const far = { ...WELL, remote: "10.0.0.5", endpoint: "tcp://10.0.0.5:2376" };
    expect(findingsOf(far)[0]).toMatchObject({
      status: "warning",
      says: expect.stringContaining("on another machine, 10.0.0.5"),
      hint: expect.stringContaining("--allow"),
    });
  });

  test("that forbids the host's pid namespace lacks crash, with its own words", () => {
    const strict: DockerSurvey = { ...WELL, pidHost: { is: "no", why: "denied by policy" } };
    expect(told(strict)).toContain("docker --pid=host: warning: no: denied by policy");
    expect(lacksOf(strict).crash).toMatchObject({
      no: expect.stringContaining("denied by policy"),
    });
  });

  test("of which that is not known is not said to lack anything", () => {
    const vague: DockerSurvey = { ...WELL, pidHost: { is: "not known", why: "no image" } };
    expect(told(vague)).toContain("docker --pid=host: warning: not known: no image");
    expect(lacksOf(vague)).toEqual({});
  });

  test("without compose has something that will not work", () => {
    const bare: DockerSurvey = {
      ...WELL,
      compose: { command: null, why: "neither is here", hint: "Install it." },
    };
    expect(findingsOf(bare)).toContainEqual({
      status: "bad",
      what: "docker compose",
      says: "neither is here",
      hint: "Install it.",
    });
  });

  test("without compose can still work on containers that are there", () => {
    const compose = { command: null, why: "neither is here", hint: "Install it." } as const;
    const running: DockerSurvey = { ...WELL, compose, needsCompose: false };
    expect(told(running)).toContain("docker compose: warning: neither is here");
  });

  test("for which no helper can be had lacks all that needs one, and says why", () => {
    const unobtainable = "no route to host";
    const alone = { ...WELL, helperImage: { ...WELL.helperImage, found: null, unobtainable } };
    expect(told(alone)).toContain(
      "docker helper image: warning: not here: aegis-stack, node:24-bookworm-slim; node:24-bookworm-slim cannot be pulled: no route to host",
    );
    expect(Object.keys(lacksOf(alone))).toEqual([
      "lifecycle",
      "crash",
      "exec",
      "inside",
      "releases",
    ]);
  });

  test("with the old compose says so, and one that does not answer too", () => {
    const old = { ...WELL, compose: { command: "docker-compose", version: "1.29.2" } };
    expect(told(old)).toContain("docker compose: ok: docker-compose 1.29.2 (v1)");
    const mute = { ...WELL, compose: { command: "docker-compose", version: null } };
    expect(told(mute)).toContain(
      "docker compose: warning: docker-compose does not say its version",
    );
  });

  test("that is rootless, remaps users or is old says so", () => {
    const daemon = { ...WELL.daemon, rootless: true, remapped: true, cgroup: null };
    expect(told({ ...WELL, daemon })).toContain(
      "docker host: ok: Debian GNU/Linux 12, kernel 6.1.0-40-amd64, cgroup version not said, rootless, users remapped, storage overlay2",
    );
  });

  test("without an image for helpers says how to get one", () => {
    const bare = { ...WELL, helperImage: { ...WELL.helperImage, found: null } };
    expect(findingsOf(bare)).toContainEqual({
      status: "warning",
      what: "docker helper image",
      says: "not here: aegis-stack, node:24-bookworm-slim",
      hint: expect.stringContaining("docker pull node:24-bookworm-slim"),
    });
  });
});
