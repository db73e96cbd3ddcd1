import type { Host } from "../host.ts";
import { startService } from "../service.ts";
import { Upstream } from "../upstream/upstream.ts";

/** Forwards everything to the service named by UPSTREAM (default `app`); its own endpoints are below `/-/`. */
export async function startBalancer(host: Host): Promise<void> {
  const upstream = new Upstream(host, host.env["UPSTREAM"] || "app");
  await startService(host, {
    name: "balancer",
    defaultPort: 18_080,
    defaultDrainMs: 500,
    prefix: "/-",
    headers: {},
    isReady: () => upstream.isReady(),
    handle: (request, response) => upstream.forward(request, response),
    metrics: () => upstream.metrics(),
  });
}
