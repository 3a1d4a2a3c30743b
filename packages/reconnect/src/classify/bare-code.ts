import type { DisconnectCause } from "../causes.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

// Only numbers that mean one thing wherever they come from, or whose meanings all get the same rule.
const causeByCode: Readonly<Record<number, DisconnectCause>> = {
  401: "unverified-401",
  408: "connection-lost",
  428: "socket-closed",
  429: "rate-limited",
  440: "replaced",
  503: "service-unavailable",
  515: "restart-required",
};

/** Reads a number without any text known here. It is never enough to call credentials revoked. */
export function readBareCode({ statusCode, message }: Evidence): Finding {
  if (statusCode === undefined) return { cause: "unknown" };
  // Baileys' waitForMessage() rejects with the bare WebSocket close code.
  if (message === "" && statusCode >= 1000 && statusCode < 5000) {
    return { cause: "socket-closed", wsCode: statusCode };
  }
  return { cause: causeByCode[statusCode] ?? "unknown", origin: "unknown" };
}
