/** What a compose file (or `--cmd`) declares, normalised: no optionals, no interpolation left to do. */
export interface Stack {
  /** Compose project name: the identity of the running thing. */
  readonly project: string;
  /** Absolute path of the compose file; null for a stack made from `--cmd`. */
  readonly file: string | null;
  /** The directory relative paths and commands start from. */
  readonly directory: string;
  /** The service that `x-aegis.entry` marks; absent when none does. */
  readonly entry?: string;
  /** In the order of the file. Only services whose profiles are active. */
  readonly replicas: readonly ReplicaSpec[];
}

/** One declared replica: a compose service, or one of a scaled one. */
export interface ReplicaSpec {
  /** Its own name (`app1`), unique in the stack. */
  readonly name: string;
  /** The service it is a replica of (`app`); its own name when it is alone. */
  readonly service: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly dependsOn: readonly Dependency[];
  readonly restart: RestartPolicy;
  /** How long after SIGTERM it may take to stop before SIGKILL. Compose default 10 s. */
  readonly stopGraceMs: number;
  readonly stopSignal: string;
  readonly healthcheck: Healthcheck | null;
  /** How to run it as a plain process; null when only containers can run it. */
  readonly process: ProcessSpec | null;
  /** How "ready" is known. `health`: the healthcheck; `running`: nothing better is declared. */
  readonly ready: { readonly http: string } | "health" | "running";
  /** Response headers that name who answered, lower case; null: answers do not say. */
  readonly identify: { readonly replica: string | null; readonly version: string | null };
  /** Named versions a rollout can move to. */
  readonly versions: Readonly<Record<string, { readonly env: Readonly<Record<string, string>> }>>;
  /** Published ports as declared, for the entry and for a clash to be told: host 0 means any. */
  readonly ports: readonly { readonly host: number; readonly container: number }[];
}

export interface ProcessSpec {
  /** Program and arguments; `{port}`, `{package}` and `{node}` are filled in by the engine. */
  readonly command: readonly string[];
  /** The port the compose network knows it by (`http://app1:3000`); each replica really listens on a port of its own. */
  readonly port: number | null;
  /** Further declared ports (name -> compose port), given as PORT_NAME: the control port of our app role. */
  readonly extraPorts: Readonly<Record<string, number>>;
  readonly cwd: string | null;
}

export interface Dependency {
  /** A service or replica name. */
  readonly on: string;
  readonly condition: "started" | "healthy" | "completed";
}

export interface RestartPolicy {
  readonly mode: "no" | "always" | "on-failure" | "unless-stopped";
  /** For `on-failure:N`; null: without limit. */
  readonly maxRetries: number | null;
}

export interface Healthcheck {
  /** `http`: a path asked on the replica's port; `command`: a program whose exit code decides. */
  readonly test: { readonly http: string } | { readonly command: readonly string[] };
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}
