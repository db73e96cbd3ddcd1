import type { Stack } from "../../model/stack.ts";

/** The images that a stack says it runs, by name: they may not be there. */
export function declaredImages(stack: Stack): readonly string[] {
  const named = stack.replicas.flatMap(({ container }) => container?.image ?? []);
  return [...new Set([...named, ...builtNames(stack)])];
}

/** Of services that are built and for which no name is declared: the names that compose gives them, by its versions. */
export function builtNames({ project, replicas }: Stack): readonly string[] {
  const services = replicas.flatMap(({ container }) =>
    container?.image === null ? [container.service] : [],
  );
  const both = [...new Set(services)].flatMap((name) => [
    `${project}-${name}`,
    `${project}_${name}`,
  ]);
  return both.map((name) => name.toLowerCase());
}
