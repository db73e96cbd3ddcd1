/** What was found out about something that a Docker may or may not be able to do. */
export type Answer =
  | { readonly is: "yes"; readonly how: string }
  | { readonly is: "no"; readonly why: string }
  /** It cannot be told from here, which is neither. */
  | { readonly is: "not known"; readonly why: string };
