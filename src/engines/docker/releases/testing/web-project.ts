import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { docker, projectName } from "../../../../../test/lab/docker.ts";
import type { Replica } from "../../../../model/replica.ts";
import type { Release } from "../../../../model/stack.ts";
import type { Engine } from "../../../engine.ts";
import { world } from "../../../process/testing/world.ts";
import { connectDocker } from "../../client.ts";
import { openEngine, PATIENT, specOf, stackIn, WORKER } from "../../testing/project.ts";

/** A release that says no more than this. */
export function releaseOf(image: string | null, changes: Partial<Release> = {}): Release {
  return { name: null, env: {}, image, build: null, command: null, ...changes };
}

interface Details {
  /** Its network of that name, and the address of `web` there. */
  readonly front?: object;
  readonly address?: object;
  /** Services besides. */
  readonly others?: object;
}

/** A project whose replica `web` runs its image `one`, and the images that it may change to. Brought up before the tests, gone after them. */
export function webProject(
  purpose: string,
  { front = {}, address = {}, others = {} }: Details = {},
) {
  const project = projectName(purpose);
  const one = `${project}:one`;
  const two = `${project}:two`;
  const directory = mkdtempSync(join(tmpdir(), "aegis-sources-"));
  const services = { web: serviceOf(one, address), ...others };
  const file = { version: "2.4", services, networks: { front, back: {} }, volumes: { kept: {} } };
  const names = Object.keys(services);
  const stack = stackIn(
    project,
    file,
    names.map((name) => specOf(name)),
  );
  const client = connectDocker(world.env);
  // Without something of its own it would be the image of another run, which may have given it other names.
  const sources = (name: string, more = ""): string =>
    sourcesIn(directory, name, `LABEL of=${project}\n${more}`);
  let engine: Engine;

  beforeAll(async () => {
    await docker("build", "--quiet", "--tag", one, sources("one"));
    await docker("build", "--quiet", "--tag", two, sources("two", "VOLUME /more"));
    engine = await openEngine(stack);
    await engine.up(PATIENT);
  });
  afterAll(async () => {
    await engine.down();
    await engine.close();
    await docker("rmi", one, two);
    rmSync(directory, { recursive: true });
  });

  const web = async () => (await engine.replicas("web"))[0] as Replica;
  return {
    ...{ project, stack, client, one, two, sources, web },
    /** What `web` is called by Docker. */
    name: `${project}_web_1`,
    v2: releaseOf(two, { name: "v2", env: { GREETING: "good day", MORE: "1" } }),
    engine: () => engine,
    inspect: () => client.api.getContainer(`${project}_web_1`).inspect(),
    pinned: async (release: Release): Promise<Release> =>
      engine.powers.releases.pin(await web(), release, {
        fetch: true,
        onProgress: () => undefined,
      }),
    /** As a rollout does. */
    change: async (release: Release): Promise<void> => {
      const { lifecycle, releases } = engine.powers;
      const target = await web();
      await lifecycle.stop(target, null);
      await releases.put(target, release);
      await lifecycle.start(target);
    },
    inside: async (...command: string[]): Promise<string> =>
      (await engine.powers.exec.run(await web(), command, 10_000)).stdout.trim(),
    /** The containers of `web`, by name. */
    containers: async (): Promise<string> => {
      const labels = ["com.docker.compose.service=web", `com.docker.compose.project=${project}`];
      const filters = labels.flatMap((label) => ["--filter", `label=${label}`]);
      return docker("ps", "--all", "--format", "{{.Names}}", ...filters);
    },
  };
}

function serviceOf(image: string, address: object): object {
  return {
    image,
    restart: "always",
    stop_grace_period: "5s",
    environment: { GREETING: "hello", PLAIN: "as declared" },
    labels: { team: "a" },
    ports: ["127.0.0.1::3000"],
    volumes: ["/data", "kept:/kept"],
    mem_limit: "256m",
    networks: { front: { aliases: ["shop"], ...address }, back: {} },
  };
}

/** A folder to build an image from, whose directory, variables and labels are its own. */
function sourcesIn(parent: string, name: string, more: string): string {
  const directory = join(parent, name);
  mkdirSync(directory);
  const lines = [
    "FROM node:24-bookworm-slim",
    `ENV FROM_IMAGE=${name} ONLY_${name.toUpperCase()}=1`,
    `LABEL from=${name} only.${name}=1`,
    `WORKDIR /${name}`,
    `CMD ${JSON.stringify(["node", "-e", WORKER])}`,
    more,
  ];
  writeFileSync(join(directory, "Dockerfile"), lines.join("\n"));
  return directory;
}
