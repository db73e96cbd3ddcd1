import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Container, ContainerInspectInfo } from "dockerode";
import { world } from "../../../process/testing/world.ts";
import { connectDocker, type DockerClient } from "../../client.ts";
import { identityOf } from "../../labels.ts";
import { createWardens, type Undo, type Wardens } from "../index.ts";
import { createOptionsFrom } from "../recreate.ts";

/** A compose project of real containers that a test may do anything to. */
export interface ComposeProject {
  readonly name: string;
  readonly directory: string;
  readonly client: DockerClient;
  /** Of this test process; further ones are other clients. */
  wardens(env?: Readonly<Record<string, string>>): Wardens;
  /** Runs docker-compose on it, and gives what it printed. */
  compose(...args: readonly string[]): Promise<string>;
  container(service: string): Promise<Container>;
  inspect(service: string): Promise<ContainerInspectInfo>;
  /** `running`, `paused`, `exited` ...; `removed` when there is none. */
  state(service: string): Promise<string>;
  undo(service: string, how: Undo["do"]): Promise<Undo>;
  /** The helper containers that are there now, by name. */
  helpers(): Promise<string[]>;
  remove(): Promise<void>;
}

/** Of the undo `exec`. */
export const HARM = {
  run: ["touch", "/tmp/harmed"],
  undo: ["rm", "-f", "/tmp/harmed"],
  timeoutMs: 10_000,
} as const;

/** For `vi.waitFor`: conditions, never fixed times. */
export const PATIENCE = { timeout: 60_000, interval: 50 };

const run = promisify(execFile);

/** Writes the compose file; nothing is up yet. */
export function openComposeProject(
  name: string,
  composeFile: string,
  client = connectDocker(world.env),
): ComposeProject {
  const directory = mkdtempSync(join(tmpdir(), "aegis-warden-"));
  const file = join(directory, "docker-compose.yml");
  writeFileSync(file, composeFile);
  const opened: Wardens[] = [];
  const list = async (...label: readonly string[]) =>
    client.api.listContainers({ all: true, filters: { label: [...label] } });
  const find = async (service: string): Promise<string | undefined> => {
    const labels = [
      `com.docker.compose.project=${name}`,
      `com.docker.compose.service=${service}`,
      "com.docker.compose.oneoff=False",
    ];
    return (await list(...labels))[0]?.Id;
  };
  const container = async (service: string): Promise<Container> => {
    const id = await find(service);
    if (id === undefined) throw new Error(`no container of ${service}`);
    return client.api.getContainer(id);
  };
  const inspect = async (service: string) => (await container(service)).inspect();
  const compose = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await run("docker-compose", ["-p", name, "-f", file, ...args]);
    return stdout + stderr;
  };
  return {
    name,
    directory,
    client,
    wardens: (env = {}) => {
      const ours = { ...world, env: { ...world.env, ...env } };
      const wardens = createWardens({ client, world: ours, project: name, images: [] });
      opened.push(wardens);
      return wardens;
    },
    compose,
    container,
    inspect,
    state: async (service) => {
      const id = await find(service);
      if (id === undefined) return "removed";
      const { State } = await client.api.getContainer(id).inspect();
      return State.Status;
    },
    undo: async (service, how) => {
      const inspected = await inspect(service);
      const base = { key: `${name}/${service}/1`, name: service };
      if (how === "recreate") return { ...base, do: how, create: createOptionsFrom(inspected) };
      if (how === "unpause") return { ...base, do: how, id: inspected.Id };
      const found = { id: inspected.Id, identity: identityOf(name, service, 1) };
      return how === "exec"
        ? { ...base, do: how, ...found, ...HARM }
        : { ...base, do: how, ...found };
    },
    helpers: async () =>
      (await list(`aegis.project=${name}`)).map(({ Names }) => Names[0] as string),
    remove: async () => {
      for (const wardens of opened) await wardens.dismiss();
      await compose("down", "-v", "-t", "1", "--remove-orphans");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A compose file of services that sleep. */
export function sleepers(...names: readonly string[]): string {
  const services = names.map((name) => `  ${name}: ${SLEEPER}`);
  return `version: "2.4"\nservices:\n${services.join("\n")}\n`;
}

const SLEEPER =
  "{ image: node:24-bookworm-slim, command: sleep 1000, init: true, restart: always, stop_grace_period: 2s }";
