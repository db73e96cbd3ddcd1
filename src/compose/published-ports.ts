import { z } from "zod";
import { port, readable } from "./fields.ts";

/** A published TCP port; host 0 means any free one. */
export interface PublishedPort {
  readonly host: number;
  readonly container: number;
}

/** The most ports one entry may span. */
const MAX_RANGE = 1000;

/** `80`, `8080:80`, `127.0.0.1:8080:80/tcp`, `0:80` (any free one), `3000-3002:3000-3002`; undefined when it is none of these. UDP ones are none of ours: an empty list. */
export function parsePorts(text: string): PublishedPort[] | undefined {
  const match =
    /^(?:(?:(?:\d{1,3}\.){3}\d{1,3}|\[[\da-f:]+\]):)?(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, host, hostEnd, container, containerEnd, protocol] = match;
  if (protocol !== undefined && protocol.toLowerCase() !== "tcp") return [];
  const inside = range(container as string, containerEnd);
  const any = host === undefined || Number(host) === 0;
  const outside = any ? inside?.map(() => 0) : range(host, hostEnd);
  if (inside === undefined || outside?.length !== inside.length) return undefined;
  return inside.map((inner, index) => ({ host: outside[index] as number, container: inner }));
}

function range(from: string, to: string | undefined): number[] | undefined {
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  const fits = first >= 1 && last >= first && last <= 65_535 && last - first < MAX_RANGE;
  return fits ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : undefined;
}

const longPort = z
  .strictObject({
    target: port,
    published: z.union([port, z.literal([0, "0", ""]).transform(() => 0)]).optional(),
    host_ip: z.string().optional(),
    protocol: z.string().optional(),
    app_protocol: z.string().optional(),
    mode: z.enum(["host", "ingress"]).optional(),
    name: z.string().optional(),
  })
  .transform(({ target, published, protocol = "tcp" }): PublishedPort[] =>
    protocol === "tcp" ? [{ host: published ?? 0, container: target }] : [],
  );

/** The `ports:` of a service, short and long form. */
export const publishedPorts = z
  .array(
    z.union([
      z
        .int()
        .min(1)
        .max(65_535)
        .transform((container): PublishedPort[] => [{ host: 0, container }]),
      readable("a port such as 80, 8080:80 or 127.0.0.1:8080:80", parsePorts),
      longPort,
    ]),
  )
  .transform((ports) => ports.flat());
