import type { ContainerStats } from "dockerode";
import type { Usage } from "../engine.ts";
import { type UsageSample, usageBetween } from "../usage.ts";
import { type CgroupUsage, cgroupUsage } from "./cgroup-usage.ts";
import type { Project } from "./project.ts";

/** Readings of what each running replica uses: the share of a core is known from the second one on. */
export function createUsage(project: Project): () => Promise<readonly Usage[]> {
  let last: readonly UsageSample[] = [];
  return async () => {
    const { records } = await project.watch();
    const { world, client } = project;
    const { remote } = client;
    const samples = await Promise.all(
      records.map(async ({ container, instance, spec }) => {
        if (container === null || instance === null) return [];
        const own = remote === null ? cgroupUsage(container.id, container.pid) : null;
        const at = world.clock.now();
        if (own !== null) return [{ replica: spec.name, instance, at, ...own }];
        const api = client.api.getContainer(container.id);
        const stats = await project.ask(
          api.stats({ stream: false, "one-shot": true }),
          `read what ${spec.name} uses`,
          404,
        );
        return stats === null
          ? []
          : [{ replica: spec.name, instance, at: world.clock.now(), ...usedBy(stats) }];
      }),
    );
    const now = samples.flat();
    const usage = usageBetween(last, now);
    last = now;
    return usage;
  };
}

/** Memory as `docker stats` shows it: without what the kernel could drop at once. */
function usedBy({ cpu_stats, memory_stats }: ContainerStats): CgroupUsage {
  const { total_inactive_file, inactive_file } = memory_stats.stats ?? {};
  const cached = total_inactive_file ?? inactive_file ?? 0;
  return {
    cpuMs: cpu_stats.cpu_usage.total_usage / 1_000_000,
    memoryBytes: Math.max(0, (memory_stats.usage ?? 0) - cached),
  };
}
