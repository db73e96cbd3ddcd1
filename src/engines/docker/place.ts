import type { World } from "../../kit/world.ts";
import type { Place } from "../places.ts";
import { findEndpoint } from "./endpoint.ts";

/**
 * The daemon that this environment leads to, pinned: the current context may be another one when it is to be found again.
 * Throws ENVIRONMENT when it cannot be told.
 */
export function dockerPlace(env: World["env"]): Place {
  const { url, certificates } = findEndpoint(env);
  return {
    endpoint: url,
    env: {
      DOCKER_HOST: url,
      DOCKER_CONTEXT: "",
      DOCKER_CERT_PATH: certificates ?? "",
      DOCKER_TLS_VERIFY: certificates === null ? "" : "1",
    },
  };
}
