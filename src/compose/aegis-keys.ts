import { z } from "zod";
import { commandLine, flag, port } from "./fields.ts";
import { versionKeys } from "./versions.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const name = z.string().regex(NAME, { error: "expected a name of letters, digits, . _ and -" });

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, { error: "expected the name of a response header" })
  .transform((text) => text.toLowerCase());

/** What aegis must know of a service beyond what Docker needs: the `x-aegis` of one. */
export const aegisKeys = z.strictObject({
  service: name.optional(),
  process: z
    .strictObject({
      command: commandLine,
      port: z.union([port, z.null()]).optional(),
      ports: z
        .record(
          z
            .string()
            .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: "expected a name such as control" }),
          port,
        )
        .optional(),
      cwd: z.string().optional(),
    })
    .optional(),
  ready: z
    .union([z.enum(["health", "running"]), z.string().regex(/^\/\S*$/)], {
      error: 'expected a path such as /ready, or "health" or "running"',
    })
    .optional(),
  identify: z
    .strictObject({ replica: headerName.optional(), version: headerName.optional() })
    .optional(),
  versions: z.record(name, versionKeys).optional(),
  /** A number: by this port of several. */
  entry: z.union([port, flag]).optional(),
});

export type AegisKeys = z.output<typeof aegisKeys>;
