import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findEndpoint } from "./endpoint.ts";
import { dockerPlace } from "./place.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "aegis-place-"));
});
afterEach(() => rmSync(home, { recursive: true }));

test.each([
  {},
  { DOCKER_HOST: "tcp://10.0.0.5:2375" },
  { DOCKER_HOST: "ssh://me@far" },
  { DOCKER_HOST: "tcp://far:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" },
])("from another shell the way leads back to the daemon of %j", (env) => {
  const there = findEndpoint({ HOME: home, ...env });
  const place = dockerPlace({ HOME: home, ...env });
  expect(place.endpoint).toBe(there.url);
  const { url, certificates } = findEndpoint({
    HOME: home,
    DOCKER_HOST: "tcp://elsewhere:1",
    DOCKER_CONTEXT: "elsewhere",
    ...place.env,
  });
  expect({ url, certificates }).toEqual({ url: there.url, certificates: there.certificates });
});

test("the way does not change with the current context", () => {
  const before = dockerPlace({ HOME: home });
  mkdirSync(join(home, ".docker"));
  writeFileSync(join(home, ".docker", "config.json"), '{"currentContext":"far"}');
  expect(() => dockerPlace({ HOME: home })).toThrow(/no docker context "far"/);
  expect(findEndpoint({ HOME: home, ...before.env }).url).toBe(before.endpoint);
});
