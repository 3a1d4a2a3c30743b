import type { DisconnectCause } from "../causes.ts";

/** Causes that hit a whole fleet at once, so that one account may find out for all whether they are over. */
type SharedCause = "client-outdated" | "service-unavailable" | "tls-error" | "offline";

/**
 * Who shares the trouble. Every account has the same client version and the same servers, while an interception or a
 * lost network concerns one way out.
 */
const SHARED_CAUSES: Readonly<Record<SharedCause, "fleet" | "egress">> = {
  "client-outdated": "fleet",
  "service-unavailable": "fleet",
  "tls-error": "egress",
  offline: "egress",
};

/** The breaker that a cause belongs to, or `undefined` when the cause is one account's own. */
export function breakerName(cause: DisconnectCause, key: string): string | undefined {
  if (!isShared(cause)) return undefined;
  return SHARED_CAUSES[cause] === "fleet" ? cause : `${cause} ${key}`;
}

/** The breakers that an account on this egress waits for. */
export function breakersOf(key: string): readonly string[] {
  return Object.entries(SHARED_CAUSES).map(([cause, scope]) =>
    scope === "fleet" ? cause : `${cause} ${key}`,
  );
}

const SLOW_DOWN: ReadonlySet<DisconnectCause> = new Set<DisconnectCause>([
  "rate-limited",
  "service-unavailable",
  "edge-refused",
  "edge-unavailable",
]);

/** Whether somebody on the way said, in one way or another, that we come too fast. */
export function asksToSlowDown(cause: DisconnectCause): boolean {
  return SLOW_DOWN.has(cause);
}

function isShared(cause: DisconnectCause): cause is SharedCause {
  return cause in SHARED_CAUSES;
}
