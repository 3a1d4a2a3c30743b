import { type HttpRoutes, text } from "./route.ts";

/** Readiness probes. */
export const health: HttpRoutes = [
  { method: "GET", path: /^\/(?:healthz)?$/, handle: () => text(200, "ok\n") },
];
