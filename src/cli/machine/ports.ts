import { createServer } from "node:net";
import { holderOf } from "../../engines/port-holder.ts";
import type { Stack } from "../../model/stack.ts";
import type { EngineCheck } from "./engines.ts";
import type { MachineCheck } from "./machine-check.ts";

/** The ports that the stack wants for itself; none are asked for while it is up and has them. */
export async function checkPorts(
  { project, replicas }: Stack,
  engines: readonly EngineCheck[],
): Promise<MachineCheck[]> {
  const what = "ports";
  const up = engines.find((engine) => engine.up);
  if (up !== undefined) {
    return [
      { status: "ok", what, says: `${project} is up (${up.engine}) and has them`, hint: null },
    ];
  }
  const wanted = replicas.flatMap(({ name, ports }) =>
    ports.filter(({ host }) => host !== 0).map(({ host }) => ({ name, port: host })),
  );
  if (wanted.length === 0) {
    return [{ status: "ok", what, says: `${project} takes free ones`, hint: null }];
  }
  return Promise.all(
    wanted.map(async ({ name, port }): Promise<MachineCheck> => {
      const what = `port ${port}`;
      if (await isFree(port)) return { status: "ok", what, says: `free, for ${name}`, hint: null };
      const holder = holderOf(port);
      const says = `${name} wants it, and it is taken${holder === null ? "" : ` by ${holder}`}`;
      return { status: "bad", what, says, hint: "Free it, or publish another port." };
    }),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
