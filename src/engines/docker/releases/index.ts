import type { ContainerInspectInfo, ImageInspectInfo } from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { Fetching, Releases } from "../../../model/powers.ts";
import type { TargetRef } from "../../../model/replica.ts";
import type { Release } from "../../../model/stack.ts";
import { versionsOf } from "../../released.ts";
import type { Moves } from "../moves.ts";
import type { Project } from "../project.ts";
import type { ReplicaRecord } from "../replica-record.ts";
import { recordOf } from "../targets.ts";
import { declaredOf } from "./declared.ts";
import { built, imageHere, imageOf, needFit } from "./images.ts";
import { isSameRelease, releaseFrom } from "./note.ts";
import { replace } from "./replace.ts";
import { settled, standingOf } from "./standing.ts";
import { dropUnused } from "./unused.ts";

/** Another release is another container in the same place: compose takes it for its own, and its volumes go over to it. */
export function createReleases(project: Project, moves: Moves): Releases {
  const recordIn = async (target: TargetRef): Promise<ReplicaRecord> =>
    recordOf(await project.watch(), project.stack.project, target);
  return {
    named: async (target) => versionsOf((await recordIn(target)).spec),
    source: async (target) => {
      const { container } = (await recordIn(target)).spec;
      if (project.stack.file === null || container === null) return null;
      return (await project.compose()).source(project.stack, container.service);
    },
    address: async (target) => addressesOf(await containerOf(project, await recordIn(target))),
    of: async (target) => releaseOf(await containerOf(project, await recordIn(target))),
    pin: async (target, release, fetching) => {
      const record = await recordIn(target);
      const info = await containerOf(project, record);
      await refuseHosts(project, record, info);
      const image = await imageFor(project, record, info, release, fetching);
      return image === null ? release : { ...release, image, build: null, command: null };
    },
    dropUnused: (needed) => dropUnused(project, needed),
    put: (target, release) =>
      moves.inTurn(target, async (record, watch) => {
        const info = await settled(project, record);
        if (isSameRelease(releaseOf(info), release)) return;
        needRest(record, info);
        const declared = await declaredOf(project, record, info);
        await replace({ project, moves, watch, record }, info, declared, release);
      }),
  };
}

/** Docker takes them back when a container stops, and gives the next one what is free. */
function addressesOf({ NetworkSettings }: ContainerInspectInfo): string | null {
  const all = Object.entries(NetworkSettings.Networks ?? {}).sort();
  const known = all.flatMap(([, { IPAddress }]) => (IPAddress ? [IPAddress] : []));
  return known.length === 0 ? null : known.join(" and ");
}

function releaseOf({ Config, Image }: ContainerInspectInfo): Release {
  return releaseFrom(Config.Labels ?? {}, Image);
}

async function containerOf(project: Project, record: ReplicaRecord): Promise<ContainerInspectInfo> {
  const { own, nexts } = await standingOf(project, record);
  return own ?? (nexts[0] as ContainerInspectInfo);
}

function needRest({ spec }: ReplicaRecord, { State }: ContainerInspectInfo): void {
  if (!State.Running && !State.Restarting && !State.Paused) return;
  throw new AegisError(
    "ENVIRONMENT",
    `${spec.name} runs: its release is changed while it does not`,
    {
      hint: "stop it first",
    },
  );
}

/** Whoever lives in its network would be left in that of a container that is gone. Rejects with ENVIRONMENT. */
async function refuseHosts(
  { containers, stack }: Project,
  { spec }: ReplicaRecord,
  { Id }: ContainerInspectInfo,
): Promise<void> {
  const guests = (await containers.list()).filter(
    ({ HostConfig }) => HostConfig.NetworkMode === `container:${Id}`,
  );
  const names = guests.map(({ Names }) => (Names[0] ?? "?").replace(/^\//, ""));
  if (names.length === 0) return;
  throw new AegisError(
    "ENVIRONMENT",
    `${spec.name} cannot be replaced: ${names.join(", ")} ${names.length === 1 ? "lives" : "live"} in its network`,
    { hint: `replace them together: docker compose -p ${stack.project} up -d` },
  );
}

/** The id of its image; null: it would have to be fetched, and is not. */
async function imageFor(
  project: Project,
  record: ReplicaRecord,
  info: ContainerInspectInfo,
  release: Release,
  fetching: Fetching,
): Promise<string | null> {
  const { spec } = record;
  refuseProcessOnly(spec.name, release);
  const declared = await declaredOf(project, record, info);
  const service = spec.container?.service ?? spec.service;
  const { build } = release;
  const image =
    build === null
      ? await imageOf(project, release.image ?? declared.image.id, fetching)
      : await built(project, { service }, build, fetching);
  if (image === null) return null;
  const current: ImageInspectInfo = (await imageHere(project, info.Image)) ?? image;
  await needFit(project, image, spec, current);
  return image.Id;
}

/** Throws INVALID_INPUT. */
function refuseProcessOnly(replica: string, { name, env, image, build, command }: Release): void {
  const saysNothing = image === null && build === null && Object.keys(env).length === 0;
  if (!saysNothing || command === null) return;
  throw new AegisError(
    "INVALID_INPUT",
    `${name ?? "this version"} of ${replica} only says how it runs as a process, and here it runs in a container`,
    { hint: "give the version an image, a build or variables, or use --engine process" },
  );
}
