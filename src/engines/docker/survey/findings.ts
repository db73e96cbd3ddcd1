import type { Can } from "../../../model/powers.ts";
import type { SurveyFinding } from "../../survey.ts";
import type { DockerSurvey } from "../survey.ts";
import type { Answer } from "./answer.ts";

/** What a survey found, for people. Pure. */
export function findingsOf(survey: DockerSurvey): readonly SurveyFinding[] {
  return [
    daemonFinding(survey),
    composeFinding(survey),
    hostFinding(survey),
    imageFinding(survey),
    finding(
      "--pid=host",
      survey.pidHost,
      "Only the kind crash needs it; kill and stop do without.",
    ),
    finding("NET_ADMIN", survey.netAdmin, NETWORK_ONLY),
    finding("netem", survey.netem, NETWORK_ONLY),
  ].map((each) => ({ ...each, what: `docker ${each.what}` }));
}

/** The powers that a survey showed to be lacking. Pure. */
export function lacksOf({ pidHost, helperImage }: DockerSurvey): Partial<Can> {
  const { unobtainable, candidates } = helperImage;
  if (unobtainable !== null) {
    const no = `no image for helpers can be had: ${candidates.at(-1)} is not here and cannot be pulled`;
    const lack = { no, hint: ANOTHER_IMAGE };
    return { lifecycle: lack, crash: lack, exec: lack, inside: lack, releases: lack };
  }
  if (pidHost.is !== "no") return {};
  return {
    crash: {
      no: `this Docker refuses helpers in the host's pid namespace: ${pidHost.why}`,
      hint: "Allow `--pid=host`, or use kill, which holds the replica down, in place of crash.",
    },
  };
}

const ANOTHER_IMAGE =
  "Name an image of yours that has node with AEGIS_HELPER_IMAGE: a helper undoes held harm when aegis is gone.";
const NETWORK_ONLY = "Only faults of the network would need it, and no kind of step is one yet.";

function daemonFinding({ daemon, endpoint, chosenBy, remote }: DockerSurvey): SurveyFinding {
  const what = "daemon";
  const engine = `${daemon.version}, API ${daemon.api}, at ${endpoint} (from ${chosenBy})`;
  if (remote === null) return { status: "ok", what, says: engine, hint: null };
  const says = `${engine}: on another machine, ${remote}`;
  const hint = "Harm there has to be allowed: --allow PROJECT.";
  return { status: "warning", what, says, hint };
}

function composeFinding({ compose, needsCompose }: DockerSurvey): SurveyFinding {
  const what = "compose";
  if (compose.command === null) {
    const status = needsCompose ? "bad" : "warning";
    return { status, what, says: compose.why, hint: compose.hint || null };
  }
  const { command, version } = compose;
  if (version === null) {
    const hint = `Try it: ${command} version`;
    return { status: "warning", what, says: `${command} does not say its version`, hint };
  }
  const generation = version.startsWith("1.") ? "v1" : "v2 or later";
  return { status: "ok", what, says: `${command} ${version} (${generation})`, hint: null };
}

function hostFinding({ daemon }: DockerSurvey): SurveyFinding {
  const { system, kernel, cgroup, rootless, remapped, storage } = daemon;
  const rights = [
    rootless ? "rootless" : "with root's rights",
    ...(remapped ? ["users remapped"] : []),
  ];
  const groups = cgroup === null ? "cgroup version not said" : `cgroup v${cgroup}`;
  const says = [system, `kernel ${kernel}`, groups, ...rights, `storage ${storage}`].join(", ");
  return { status: "ok", what: "host", says, hint: null };
}

function imageFinding({ helperImage }: DockerSurvey): SurveyFinding {
  const { found, candidates, unobtainable } = helperImage;
  const what = "helper image";
  if (found !== null) return { status: "ok", what, says: found, hint: null };
  const says = `not here: ${candidates.join(", ")}`;
  if (unobtainable !== null) {
    const failed = `${says}; ${candidates.at(-1)} cannot be pulled: ${unobtainable}`;
    return { status: "warning", what, says: failed, hint: ANOTHER_IMAGE };
  }
  const hint = `Helpers undo held harm and crash; aegis will try to pull it. Or: docker pull ${candidates.at(-1)}, or name an image of yours that has node with AEGIS_HELPER_IMAGE.`;
  return { status: "warning", what, says, hint };
}

function finding(what: string, answer: Answer, otherwise: string): SurveyFinding {
  switch (answer.is) {
    case "yes":
      return { status: "ok", what, says: `yes: ${answer.how}`, hint: null };
    case "no":
      return { status: "warning", what, says: `no: ${answer.why}`, hint: otherwise };
    case "not known":
      return { status: "warning", what, says: `not known: ${answer.why}`, hint: otherwise };
  }
}
