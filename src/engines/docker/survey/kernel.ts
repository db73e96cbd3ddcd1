import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** What can be read about netem without trying it. */
export interface KernelFacts {
  /** How the kernel was configured: built in, a module, not at all; null: it does not say. */
  readonly config: "y" | "m" | "n" | null;
  readonly loaded: boolean;
  /** Is the module among those of this kernel? null: they cannot be seen. */
  readonly installed: boolean | null;
}

export const NOTHING_KNOWN: KernelFacts = { config: null, loaded: false, installed: null };

/** Those of the kernel that runs us. */
export function readKernel(release: string): KernelFacts {
  const modules = `/lib/modules/${release}`;
  const lists = ["modules.builtin", "modules.dep"].map((name) => textOf(`${modules}/${name}`));
  return {
    config: configOf(textOf("/proc/config.gz") ?? textOf(`/boot/config-${release}`)),
    loaded: existsSync("/sys/module/sch_netem"),
    installed: lists.every((list) => list === null)
      ? null
      : lists.some((list) => list?.includes("/sch_netem.ko")),
  };
}

/** What a kernel's configuration says of netem. */
export function configOf(text: string | null): KernelFacts["config"] {
  if (text === null) return null;
  const value = /^CONFIG_NET_SCH_NETEM=([ym])$/m.exec(text)?.[1];
  return value === undefined ? "n" : (value as "y" | "m");
}

function textOf(path: string): string | null {
  try {
    const content = readFileSync(path);
    return (path.endsWith(".gz") ? gunzipSync(content) : content).toString("utf8");
  } catch {
    return null;
  }
}
