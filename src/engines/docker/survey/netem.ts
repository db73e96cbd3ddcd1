import type { Answer } from "./answer.ts";
import type { KernelFacts } from "./kernel.ts";

/** What a container with NET_ADMIN and a network of its own saw. */
export interface NetworkEvidence {
  /** Has it the right NET_ADMIN in effect? */
  readonly admin: boolean;
  /** `tc qdisc add dev lo root netem`: its end and what it said; null where the image has no tc. */
  readonly tc: { readonly status: number | null; readonly said: string } | null;
  readonly kernel: KernelFacts;
}

/** Can packets be delayed and dropped by the kernel? Each fact alone may be missing; the surest that is there decides. */
export function netemOf(
  evidence: Pick<NetworkEvidence, "tc"> | null,
  { config, loaded, installed }: KernelFacts,
): Answer {
  const { tc = null } = evidence ?? {};
  if (tc?.status === 0) return { is: "yes", how: "tc has set one up" };
  if (tc !== null && /qdisc.*(not found|unknown)|unknown qdisc/i.test(tc.said)) {
    return { is: "no", why: `tc says: ${tc.said.trim()}` };
  }
  if (loaded) return { is: "yes", how: "the module is loaded" };
  if (config === "y") return { is: "yes", how: "built into the kernel" };
  if (config === "n") {
    return { is: "no", why: "the kernel was built without it (CONFIG_NET_SCH_NETEM)" };
  }
  if (installed === true) return { is: "yes", how: "a module of the kernel" };
  if (installed === false) return { is: "no", why: "its module sch_netem is not installed" };
  return { is: "not known", why: "neither tc nor anything about the kernel's modules is there" };
}
