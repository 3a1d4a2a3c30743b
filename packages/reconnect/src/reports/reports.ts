import type { DisconnectCause } from "../causes.ts";
import { classify } from "../classify/classify.ts";
import type { ClassifyContext, Disconnect } from "../disconnect.ts";

/** One way in which a cause reaches a program: what Baileys 7 hands out, and what only a watcher knows. */
export interface Report {
  readonly cause: DisconnectCause;
  readonly code?: number;
  readonly message?: string;
  readonly data?: unknown;
  readonly context?: ClassifyContext;
}

// Baileys generics.js getErrorCodeFromStreamError: the text names the first child, `data` is the child or the stanza.
function stream(cause: DisconnectCause, code: number, tag?: string, type?: string): Report {
  const attrs = type === undefined ? { code: String(code) } : { type };
  const data = { tag: tag ?? "stream:error", attrs };
  return { cause, code, message: `Stream Errored (${tag ?? "unknown"})`, data };
}

// Baileys socket.js CB:failure: the stanza's attributes are the `data`.
function failure(cause: DisconnectCause, reason: number, context?: ClassifyContext): Report {
  const data = { reason: String(reason) };
  const report: Report = { cause, code: reason, message: "Connection Failure", data };
  return context === undefined ? report : { ...report, context };
}

// Baileys socket.js mapWebSocketError.
function webSocket(cause: DisconnectCause, code: number, text: string, errno?: string): Report {
  const data = errno === undefined ? {} : { code: errno };
  return { cause, code, message: `WebSocket Error (${text})`, data };
}

function upgrade(cause: DisconnectCause, status: number): Report {
  return { cause, context: { http: { status } } };
}

/** Every way known here, the usual one of a cause or a code before the rarer ones. */
export const reports: readonly Report[] = [
  { ...stream("restart-required", 515), message: "Stream Errored (restart required)" },
  failure("logged-out", 401),
  stream("logged-out", 401),
  stream("device-removed", 401, "conflict", "device_removed"),
  failure("stale-pairing", 401, { paired: false }),
  { cause: "unverified-401", code: 401 },
  stream("device-removed", 516),
  failure("account-locked", 403),
  stream("account-locked", 403),
  failure("account-banned", 406),
  {
    ...failure("temp-banned", 402),
    data: { reason: "402", code: "101", expire: "3600" },
  },
  stream("temp-banned", 402),
  stream("replaced", 440, "conflict", "replaced"),
  stream("device-removed", 440, "conflict", "device_removed"),
  failure("client-outdated", 405),
  stream("client-outdated", 405),
  failure("multidevice-mismatch", 411),
  { cause: "multidevice-mismatch", code: 411, message: "Multi-device beta not joined" },
  failure("bad-user-agent", 409),
  stream("replaced", 409),
  ...[400, 415, 418].map((reason) => failure("failure-unknown", reason)),
  ...[413, 414].map((reason) => failure("cat-rejected", reason)),
  stream("rate-limited", 429),
  failure("rate-limited", 429),
  upgrade("rate-limited", 429),
  failure("service-unavailable", 503),
  stream("service-unavailable", 503),
  upgrade("edge-unavailable", 503),
  failure("server-error", 500),
  failure("server-error", 501),
  stream("stream-unknown", 500),
  stream("ack-owed", 500, "ack"),
  stream("bad-xml", 500, "xml-not-well-formed"),
  { cause: "failure-unknown", code: 500, message: "Connection Failure", data: {} },
  webSocket("tls-error", 500, "self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
  webSocket("ws-protocol", 500, "Invalid WebSocket frame", "WS_ERR_INVALID_OPCODE"),
  { cause: "pair-failed", code: 500, message: "Invalid account signature" },
  { cause: "socket-closed", code: 428, message: "Connection Terminated" },
  { cause: "stream-ended", code: 428, message: "Connection Terminated by Server" },
  { cause: "connection-lost", code: 408, message: "Connection was lost" },
  { cause: "connect-timeout", code: 408, message: "Timed Out" },
  webSocket("unreachable", 408, "connect ECONNREFUSED", "ECONNREFUSED"),
  webSocket("offline", 408, "getaddrinfo ENOTFOUND", "ENOTFOUND"),
  webSocket("tls-error", 408, "altnames do not match", "ERR_TLS_CERT_ALTNAME_INVALID"),
  { cause: "qr-expired", code: 408, message: "QR refs attempts ended" },
  { cause: "noise-cert-invalid", code: 400, message: "noise certificate signature invalid" },
  upgrade("edge-refused", 403),
  upgrade("edge-unexpected", 404),
  { cause: "local-logout", code: 401, message: "Intentional Logout" },
  { cause: "factory-error", context: { watchdog: "factory-error" } },
  { cause: "factory-error", code: 401, message: "Mobile API is not supported anymore" },
  { cause: "zombie", context: { watchdog: "zombie" } },
  { cause: "unknown", message: "index out of range" },
  { cause: "recycled", context: { intent: "recycle" } },
  { cause: "local-end" },
  { cause: "local-stop", context: { intent: "stop" } },
];

/** The number a program sees: Baileys' status code, or the HTTP status of a refused upgrade. */
export function codeOf(report: Report): number | undefined {
  return report.code ?? report.context?.http?.status;
}

/** What `classify` makes of a report. */
export function disconnectOf({ code, message, data, context }: Report): Disconnect {
  if (code === undefined && message === undefined) return classify(undefined, context);
  const output = code === undefined ? {} : { output: { statusCode: code } };
  return classify({ ...output, message: message ?? "", data }, context);
}

/** The usual report of a cause. */
export function usualReport(cause: DisconnectCause): Report {
  return reports.find((report) => report.cause === cause) ?? { cause };
}
