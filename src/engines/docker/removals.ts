import type { Container } from "dockerode";
import { AegisError } from "../../kit/errors.ts";
import type { Hold } from "../../model/powers.ts";
import type { Replica, ReplicaState } from "../../model/replica.ts";
import { statusOf } from "./client.ts";
import { forgetEmptied, noteIfEmptied } from "./emptied.ts";
import { standIn } from "./look.ts";
import type { Moves } from "./moves.ts";
import type { Project } from "./project.ts";
import { removedOf } from "./removed.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import { removeVolumes } from "./volumes.ts";
import type { CreateOptions } from "./warden/index.ts";
import { createOptionsFrom } from "./warden/recreate.ts";
import type { Watch } from "./watch.ts";

/** Removing containers, and making them again. */
export interface Removals {
  /** Killed and forgotten, with its writable layer and its anonymous volumes. Idempotent. */
  remove(watch: Watch, record: ReplicaRecord, hold: Hold): Promise<void>;
  /** Is one that is in that state gone, or made again and not started: a recreation failed half-way? */
  isOpen(record: ReplicaRecord, state: ReplicaState): boolean;
  /** To be told of every state that is found: what made one again that is there is forgotten, also when its warden has made it. */
  found(record: ReplicaRecord, now: Replica): Replica;
  /** Of one that is open: the same container again as it was removed by us, else as compose would make it. */
  recreate(watch: Watch, record: ReplicaRecord): Promise<void>;
}

/** Answers of the API: there is no such thing; it is in that network already; it runs already. */
const GONE = 404;
const CONNECTED = 403;
const STARTED = 304;

/** What makes a removed container again is kept until it is there again. */
export function createRemovals(project: Project, moves: Moves): Removals {
  const { client, ask, wardens } = project;
  const kept = removedOf(project);
  return {
    remove: async (watch, record, hold) => {
      const { container, spec } = record;
      if (container === null) return;
      const api = client.api.getContainer(container.id);
      const info = await ask(api.inspect(), `inspect ${spec.name}`);
      if (info === null) return;
      const create = createOptionsFrom(info);
      kept.put(record.key, create);
      await wardens.hold(hold, { key: record.key, name: spec.name, do: "recreate", create });
      await moves.command(watch, record, {
        expects: ["died", "removed"],
        run: () => ask(api.remove({ force: true, v: true }), `remove ${spec.name}`, GONE),
        until: ({ state }) => state === "removed",
        what: "is removed",
      });
      await noteIfEmptied(project);
      await removeVolumes(
        project,
        container.anonymousVolumes.map(({ name }) => name),
      );
    },
    isOpen: ({ key, container }, state) =>
      container === null || state === "removed" || (state === "created" && kept.get(key) !== null),
    found: ({ key }, now) => {
      if (now.state !== "removed" && now.state !== "created") kept.drop(key);
      return now;
    },
    recreate: async (watch, record) => {
      const create = kept.get(record.key);
      const { deaths } = record;
      await moves.command(watch, record, {
        expects: ["created", "started"],
        run: () => (create === null ? byCompose(project, record) : again(project, record, create)),
        until: (now) => now.isAlive || now.deaths > deaths,
        what: "is there again",
      });
      kept.drop(record.key);
      forgetEmptied(project);
    },
  };
}

/** Goes on where an earlier try has failed: the container may be there, and in some of its networks. */
async function again(
  project: Project,
  record: ReplicaRecord,
  create: CreateOptions,
): Promise<void> {
  const { client, ask } = project;
  const doing = `make ${create.name} again`;
  const id = (await standIn(project, record))?.id ?? (await make(project, create, doing));
  for (const { network, endpoint } of create.connect) {
    const options = { Container: id, EndpointConfig: endpoint };
    await ask(client.api.getNetwork(network).connect(options), doing, CONNECTED);
  }
  await ask(client.api.getContainer(id).start(), doing, STARTED);
}

async function make({ client, ask }: Project, create: CreateOptions, doing: string) {
  const of = (image: object) =>
    client.api.createContainer({ name: create.name, ...create.body, ...image });
  const making = of({}).catch((thrown) => {
    if (statusOf(thrown) === GONE) return of({ Image: create.imageId });
    throw thrown;
  });
  return ((await ask(making, doing)) as Container).id;
}

async function byCompose(project: Project, { spec }: ReplicaRecord): Promise<void> {
  const { stack, compose } = project;
  const service = spec.container?.service;
  if (stack.file === null || service === undefined) {
    throw new AegisError(
      "ENVIRONMENT",
      `${spec.name} is gone, and nothing here tells how to make it again`,
      {
        hint: `make it with compose: docker compose -p ${stack.project} up -d`,
      },
    );
  }
  await (await compose()).up(stack, { services: [service] });
}
