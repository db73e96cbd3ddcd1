import type { DockerClient } from "./client.ts";

/** Can this machine talk to containers by their own addresses? Not so with a remote daemon, or one inside a virtual machine. */
export interface Reach {
  /** As far as is known. */
  readonly isOpen: boolean;
  /** For people; null while it is open. */
  readonly why: string | null;
  /** A container has answered, or its machine has. */
  confirm(): void;
  /** A container that runs has been silent since `us` microseconds. */
  silentFor(us: number): void;
}

/** What `docker info` says of where containers are. */
export interface DaemonPlace {
  readonly OperatingSystem?: string;
  readonly SecurityOptions?: readonly string[];
}

/** A network in between that swallows everything is told from a slow start by this. */
const GIVE_UP_US = 3_000_000;

/** `onClosed` is called at most once, when it turns out that there is no way. */
export function createReach(
  client: DockerClient,
  platform: NodeJS.Platform,
  place: DaemonPlace,
  onClosed: () => void,
): Reach {
  const state = { why: knownObstacle(client, platform, place), confirmed: false };
  return {
    get isOpen() {
      return state.why === null;
    },
    get why() {
      return state.why;
    },
    confirm: () => {
      state.confirmed = true;
    },
    silentFor: (us) => {
      if (state.confirmed || state.why !== null || us < GIVE_UP_US) return;
      state.why = "containers do not answer at their own addresses here";
      onClosed();
    },
  };
}

function knownObstacle(
  { remote }: DockerClient,
  platform: NodeJS.Platform,
  { OperatingSystem = "", SecurityOptions = [] }: DaemonPlace,
): string | null {
  if (remote !== null) return `containers run on ${remote}`;
  if (platform !== "linux") return `containers run in a virtual machine on ${platform}`;
  if (OperatingSystem.includes("Docker Desktop"))
    return "Docker Desktop runs containers in a virtual machine";
  const isRootless = SecurityOptions.some((option) => option.includes("rootless"));
  return isRootless ? "a rootless Docker keeps its networks to itself" : null;
}
