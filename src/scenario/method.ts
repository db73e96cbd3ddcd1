import { z } from "zod";
import { suggest } from "../kit/suggest.ts";

/** What servers know: what is almost one of these is a slip of the pen, anything else a method of somebody's own. */
const KNOWN = [
  ...["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"],
  ...["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "REPORT"],
  ...["SEARCH", "QUERY", "PURGE", "BIND", "REBIND", "UNBIND", "LINK", "UNLINK", "SOURCE"],
  ...["M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "MERGE", "CHECKOUT"],
  ...["MKACTIVITY", "MKCALENDAR"],
];

/** Any HTTP method, but for CONNECT: that makes a tunnel, and has no answer that could be measured. */
export const method = z
  .string()
  .regex(/^(?!CONNECT$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, {
    error: ({ input }) =>
      `expected an HTTP method other than CONNECT, such as GET, got ${JSON.stringify(input)}`,
  })
  .meta({ examples: KNOWN })
  .transform((text, context): string => {
    const near = KNOWN.includes(text) ? undefined : suggest(text, [...KNOWN, "CONNECT"]);
    if (near === undefined) return text;
    const hint = near === "CONNECT" ? "CONNECT cannot be measured" : `did you mean "${near}"?`;
    context.addIssue({
      code: "custom",
      message: `expected an HTTP method, got "${text}"`,
      params: { hint },
    });
    return z.NEVER;
  });
