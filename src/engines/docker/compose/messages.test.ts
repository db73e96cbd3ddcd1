import { describe, expect, test } from "vitest";
import { hintFor, saidBy } from "./messages.ts";

describe("of what compose prints only what went wrong is left", () => {
  test.each([
    [
      "version 1, a port that is taken",
      `Creating network "shop_default" with the default driver
Creating shop_web_1 ...
Creating shop_web_1 ... error

ERROR: for shop_web_1  Cannot start service web: Bind for 0.0.0.0:8080 failed: port is already allocated

ERROR: for web  Cannot start service web: Bind for 0.0.0.0:8080 failed: port is already allocated
ERROR: Encountered errors while bringing up the project.
`,
      "Cannot start service web: Bind for 0.0.0.0:8080 failed: port is already allocated",
    ],
    [
      "version 2, an image that is nowhere",
      ` web Pulling 
 web Error pull access denied for nope, repository does not exist
 Container shop-db-1  Creating
 Container shop-db-1  Created
Error response from daemon: pull access denied for nope, repository does not exist
`,
      "pull access denied for nope, repository does not exist",
    ],
    [
      "version 2, a file that is refused",
      `time="2026-11-21T13:22:04Z" level=warning msg="/srv/compose.yml: the attribute \`version\` is obsolete"
validating /srv/compose.yml: services.web additional properties 'imag' not allowed
`,
      "validating /srv/compose.yml: services.web additional properties 'imag' not allowed",
    ],
    [
      "version 1, a file that is refused",
      "\u001b[31mERROR\u001b[0m: The Compose file './bad.yml' is invalid because:\nUnsupported config option for services.web: 'imag'\n",
      "The Compose file './bad.yml' is invalid because:\nUnsupported config option for services.web: 'imag'",
    ],
    ["nothing", "", ""],
  ])("%s", (_, printed, said) => expect(saidBy(printed)).toBe(said));

  test("the last lines of a long build", () => {
    const lines = Array.from({ length: 100 }, (_, line) => `step ${line}`);
    expect(saidBy(lines.join("\n")).split("\n")).toEqual(lines.slice(-12));
  });
});

describe("what to do about it", () => {
  test.each([
    ["Bind for 0.0.0.0:80 failed: port is already allocated", "publish another"],
    ["pull access denied for nope, repository does not exist", "docker pull nope"],
    ["No such image: shop:1", "docker pull shop:1"],
    [
      'Pulling web (nope:1)...\nGet "https://registry.example/v2/": no such host',
      "docker pull nope:1",
    ],
    ["Cannot connect to the Docker daemon at unix:///x", "Start Docker"],
    [
      "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
      "group docker",
    ],
    ["failed to solve: process did not complete", "docker compose build"],
  ])("%j", (said, hint) => expect(hintFor(said, "docker compose")).toContain(hint));

  test("nothing where nothing is known", () => {
    expect(hintFor("a new kind of trouble", "docker compose")).toBeUndefined();
  });
});
