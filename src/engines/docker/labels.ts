/** Labels that compose puts on what it makes, whatever its version. */
export const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
const NUMBER = "com.docker.compose.container-number";
/** "True" on what `compose run` has made: no replica. */
export const ONEOFF = "com.docker.compose.oneoff";

/** Label of the helper containers that aegis makes: the compose project that they work for. */
export const HELPER_OF = "aegis.project";
/** And as what: `warden`, `tester`. */
export const HELPER_ROLE = "aegis.role";
/** And by whom it was made. */
export const HELPER_OWNER = "aegis.owner";

/** Label of a container whose release was changed: the release, and what compose had declared, as JSON. */
export const RELEASE = "aegis.release";

type Labels = Readonly<Record<string, string | undefined>>;

/** What identifies the replica that a container is: `SERVICE/NUMBER` of its project; null when it is none. */
export function placeOf(labels: Labels): string | null {
  if (labels[ONEOFF] === "True") return null;
  const { [SERVICE]: service, [NUMBER]: number } = labels;
  return service === undefined || number === undefined ? null : `${service}/${number}`;
}

/** The labels by which compose and aegis know the container of a replica, as `name=value`. */
export function identityOf(project: string, service: string, number: number): string[] {
  return [
    `${PROJECT}=${project}`,
    `${SERVICE}=${service}`,
    `${NUMBER}=${number}`,
    `${ONEOFF}=False`,
  ];
}

/** For the filters of API calls: everything of a project. */
export function ofProject(project: string): { label: string[] } {
  return { label: [`${PROJECT}=${project}`] };
}
