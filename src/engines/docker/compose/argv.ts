import type { ComposeProject } from "../../project-reader.ts";

/** What is asked of compose. */
export type ComposeAction =
  | { readonly do: "config" }
  /** What is there is left as it is. */
  | { readonly do: "up"; readonly scale: Scale }
  /** Only these, without what they depend on. */
  | { readonly do: "put-back"; readonly scale: Scale; readonly services: readonly string[] };

/** Compose service -> how many of it. */
export type Scale = Readonly<Record<string, number>>;

/** Arguments for `docker compose` and `docker-compose` alike. Scales are always said: version 1 passes over `deploy.replicas`. */
export function composeArguments(project: ComposeProject, action: ComposeAction): string[] {
  return [
    ...project.files.flatMap((file) => ["--file", file]),
    "--project-directory",
    project.directory,
    ...(project.project === null ? [] : ["--project-name", project.project]),
    ...project.profiles.flatMap((profile) => ["--profile", profile]),
    ...actionArguments(action),
  ];
}

function actionArguments(action: ComposeAction): string[] {
  switch (action.do) {
    case "config":
      return ["config"];
    case "up":
      return ["up", "--detach", "--no-recreate", ...scaleArguments(action.scale)];
    case "put-back": {
      const { services } = action;
      const own = Object.entries(action.scale).filter(([service]) => services.includes(service));
      const scale = scaleArguments(Object.fromEntries(own));
      return ["up", "--detach", "--no-recreate", "--no-deps", ...scale, ...services];
    }
  }
}

/** One of a service is what compose makes by itself. */
function scaleArguments(scale: Scale): string[] {
  return Object.entries(scale)
    .filter(([, count]) => count !== 1)
    .flatMap(([service, count]) => ["--scale", `${service}=${count}`]);
}
