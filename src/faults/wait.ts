import { defineKind } from "../model/kind.ts";
import { noParams } from "./params.ts";

/** Nothing, for as long as `for:` says: room in a schedule whose steps follow one another. */
export const wait = defineKind({
  name: "wait",
  summary: "Do nothing for a while; other steps can start when it has ended",
  role: "action",
  needs: [],
  held: true,
  targeted: false,
  params: noParams,
  example: {},
  outcomes: ["waited"],

  prepare: async () => null,
  apply: async () => null,
  proof: () => true,
});
