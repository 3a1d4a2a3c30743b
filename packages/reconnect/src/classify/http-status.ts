import type { ClassifyContext } from "../disconnect.ts";
import type { Finding } from "./finding.ts";

const REFUSALS: ReadonlySet<number> = new Set([401, 403, 407, 451]);

/** Reads the status of a refused upgrade. It comes from an edge server or a proxy, so it never speaks of the account. */
export function readHttpStatus({
  status,
  retryAfterMs,
}: NonNullable<ClassifyContext["http"]>): Finding {
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return { cause: "rate-limited", origin: "http", ...retryAfter };
  if (REFUSALS.has(status)) return { cause: "edge-refused", ...retryAfter };
  if (status >= 500) return { cause: "edge-unavailable", ...retryAfter };
  return { cause: "edge-unexpected", ...retryAfter };
}
