import type { z } from "zod";
import type { SourcePath } from "./source.ts";

/** The keys that a zod schema knows at a place, over all branches of unions; none for records and scalars. */
export function keysAt(schema: z.ZodType, path: SourcePath): string[] {
  let schemas: Def[] = unwrap(defOf(schema));
  for (const part of path) {
    schemas = schemas.flatMap((def) => step(def, part));
  }
  return [...new Set(schemas.flatMap((def) => Object.keys(def.shape ?? {})))];
}

/** What we read of zod's definitions, which are plain data. */
interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

function defOf(schema: z.ZodType): Def {
  return schema._zod.def as unknown as Def;
}

/** Through optional, default, pipe, union, intersection and lazy to what stands there. */
function unwrap(def: Def): Def[] {
  const inner = [
    def.innerType,
    def.in,
    def.getter?.(),
    ...(def.options ?? []),
    def.left,
    def.right,
  ];
  const present = inner.filter((schema) => schema !== undefined);
  return present.length === 0 ? [def] : present.flatMap((schema) => unwrap(defOf(schema)));
}

function step(def: Def, part: string | number): Def[] {
  const next = def.shape?.[part] ?? def.element ?? def.valueType;
  return next === undefined ? [] : unwrap(defOf(next));
}
