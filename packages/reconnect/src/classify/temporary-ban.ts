import { numeric, property } from "./evidence.ts";
import type { Finding } from "./finding.ts";

// A century of seconds: anything longer is a timestamp or garbage, not a duration.
const LONGEST_BAN_SECONDS = 3_000_000_000;

/** Reads a 402. `expire` is a duration in seconds, not a moment (whatsmeow events.go, whatsapp-rust). */
export function readTemporaryBan(attrs: unknown): Finding {
  const expireSeconds = numeric(property(attrs, "expire"));
  const banCode = numeric(property(attrs, "code"));
  const usable =
    expireSeconds !== undefined && expireSeconds >= 0 && expireSeconds < LONGEST_BAN_SECONDS;
  return {
    cause: "temp-banned",
    ...(usable ? { retryAfterMs: expireSeconds * 1000 } : {}),
    ...(banCode === undefined ? {} : { banCode }),
  };
}
