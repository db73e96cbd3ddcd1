import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Wardens } from "./index.ts";
import { type ComposeProject, openComposeProject } from "./testing/project.ts";

/** What people write: most of what can be said of a container. */
const COMPOSE = `
version: "2.4"
x-log: &log { driver: json-file, options: { max-size: 2m } }
services:
  db:
    image: node:24-bookworm-slim
    command: ["sleep", "1000"]
    init: true
    volumes: [data:/data, /scratch]
  rich:
    image: node:24-bookworm-slim
    command: ["sh", "-c", "echo \\"$$GREETING\\"; sleep 1000"]
    entrypoint: []
    init: true
    restart: on-failure:3
    stop_grace_period: 3s
    stop_signal: SIGINT
    user: "1000:1000"
    working_dir: /tmp
    hostname: rich-host
    environment: { GREETING: "a = b, \\"c\\"", EMPTY: "" }
    labels: { team.name: "a team", note: "x=y" }
    healthcheck: { test: ["CMD", "true"], interval: 1s, retries: 2, start_period: 1s }
    ports: ["127.0.0.1::3000", "3001"]
    expose: ["4000"]
    volumes:
      - data:/data:ro
      - ./:/here:ro
      - /anonymous
      - { type: tmpfs, target: /quick }
    mem_limit: 64m
    cap_drop: [NET_RAW]
    extra_hosts: ["far:10.1.2.3"]
    sysctls: { net.core.somaxconn: 256 }
    ulimits: { nofile: 1000 }
    logging: *log
    tmpfs: [/run]
    links: ["db:database"]
    networks:
      front: { aliases: [shop, "rich.example"] }
      back: { ipv4_address: 198.18.77.10 }
      third: {}
  scaled:
    image: node:24-bookworm-slim
    command: sleep 1000
    init: true
    networks: [front]
  host:
    image: node:24-bookworm-slim
    command: sleep 1000
    init: true
    network_mode: host
  shared:
    image: node:24-bookworm-slim
    command: sleep 1000
    init: true
    network_mode: "service:db"
  bridge:
    image: node:24-bookworm-slim
    command: sleep 1000
    init: true
    network_mode: bridge
networks:
  front: {}
  back: { ipam: { config: [{ subnet: 198.18.77.0/24 }] } }
  third: {}
volumes: { data: {} }
`;

let project: ComposeProject;
let wardens: Wardens;

const UP = ["up", "-d", "--scale", "scaled=2"];

beforeAll(async () => {
  project = openComposeProject("warden-recreate", COMPOSE);
  await project.compose(...UP);
  wardens = project.wardens();
});
afterAll(() => project.remove());

/** Removed, and made again by the warden. */
async function removeAndRecreate(service: string): Promise<void> {
  const lease = await wardens.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
  const undo = await project.undo(service, "recreate");
  await wardens.hold({ lease: lease.id, injection: "harm#1" }, undo);
  await (await project.container(service)).remove({ force: true, v: true });
  await lease.release();
}

/** What a person has written, without what Docker chose for this one container. */
async function declared(service: string) {
  const { Id, Name, Config, HostConfig, Mounts, NetworkSettings, Image } =
    await project.inspect(service);
  const { Hostname, ...config } = Config;
  const networks = Object.entries(NetworkSettings.Networks).map(([network, each]) => ({
    network,
    aliases: (each.Aliases ?? []).filter((alias: string) => alias !== Id.slice(0, 12)).sort(),
    links: each.Links ?? [],
    ipam: each.IPAMConfig ?? {},
  }));
  return {
    Name,
    Image,
    config,
    hostname: Id.startsWith(Hostname) ? "(its id)" : Hostname,
    hostConfig: { ...HostConfig, Links: HostConfig.Links ?? [] },
    mounts: Mounts.map(({ Type, Name: volume, Source, Destination, Mode, RW }) => ({
      Type,
      Destination,
      Mode,
      RW,
      from: /^[0-9a-f]{64}$/.test(volume ?? "") ? "(anonymous)" : Source,
    })).sort((a, b) => a.Destination.localeCompare(b.Destination)),
    networks: networks.sort((a, b) => a.network.localeCompare(b.network)),
  };
}

describe("a container that was removed and is made again", () => {
  test.each(["rich", "shared", "host", "bridge", "db"])(
    "is as it was declared, and compose takes it for its own and up to date: %s",
    async (service) => {
      const before = await declared(service);
      const { Id: old } = await project.inspect(service);
      await removeAndRecreate(service);
      const again = await project.inspect(service);
      expect(again.Id).not.toBe(old);
      expect(again.State.Running).toBe(true);
      expect(await declared(service)).toEqual(before);
      const said = await project.compose("up", "-d", "--no-deps", service);
      expect(said).toMatch(/is up-to-date/);
      expect((await project.inspect(service)).Id).toBe(again.Id);
      expect(await project.compose("ps", "-q", service)).toContain(again.Id);
    },
  );

  test("keeps what is in named volumes, and starts with new anonymous ones", async () => {
    const write = await (await project.container("db")).exec({
      Cmd: ["sh", "-c", "echo kept > /data/file; echo lost > /scratch/file"],
    });
    await new Promise<void>((resolve, reject) => {
      write.start({}, (failed, stream) => {
        if (failed) return reject(failed);
        stream?.on("end", resolve).resume();
      });
    });
    await removeAndRecreate("db");
    const archive = (path: string) =>
      project.container("db").then((container) => container.infoArchive({ path }));
    await expect(archive("/data/file")).resolves.toBeDefined();
    await expect(archive("/scratch/file")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("is found by its number among several, also when only the other one is there", async () => {
    const label = [
      `com.docker.compose.project=${project.name}`,
      "com.docker.compose.service=scaled",
    ];
    const list = () => project.client.api.listContainers({ filters: { label } });
    const numbers = async () =>
      (await list()).map(({ Labels }) => Labels["com.docker.compose.container-number"]).sort();
    await project.compose(...UP);
    expect(await numbers()).toEqual(["1", "2"]);
    const { Id: kept } = (await list())[1] as { Id: string };
    await removeAndRecreate("scaled");
    expect(await numbers()).toEqual(["1", "2"]);
    expect((await list()).map(({ Id }) => Id)).toContain(kept);
    expect(await project.compose(...UP)).toMatch(/scaled.*up-to-date/);
  });
});
