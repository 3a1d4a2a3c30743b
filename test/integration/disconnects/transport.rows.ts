import { expect } from "vitest";
import type { ByFault, DisconnectRow } from "./disconnect-row.ts";
import type { StrangerName } from "./strangers.ts";

/** A client that has no login meets a fault, or something that is no server of WhatsApp's at all. */
export type ByTransport =
  | (ByFault & {
      readonly secure?: boolean;
      /** Not before the client shows a QR code: cut off in the middle of something, it leaves rejections behind. */
      readonly whileConnected?: boolean;
    })
  | { readonly stranger: StrangerName };

/** How far the client has come by then is a race. */
const RESET: unknown = expect.stringMatching(
  /^WebSocket Error \((?:(?:connect|read|write) ECONNRESET\b.*|socket hang up)\)$/,
);

const closes: readonly DisconnectRow<ByTransport>[] = [1000, 1001, 1011, 1013, 4000].map(
  (code) => ({
    name: `close ${code} of the WebSocket`,
    by: { fault: "close", settings: { code, during: "pairing" }, whileConnected: true },
    reports: { statusCode: 428, message: "Connection Terminated", data: null },
    cause: "socket-closed",
  }),
);

const refusals: readonly DisconnectRow<ByTransport>[] = (
  [
    [401, "edge-refused"],
    [403, "edge-refused"],
    [404, "edge-unexpected"],
    [429, "rate-limited"],
    [503, "edge-unavailable"],
  ] as const
).map(([status, cause]) => ({
  name: `HTTP ${status} and the end of the connection`,
  by: { fault: "upgrade-status", settings: { status, retryAfter: 7 } },
  // Baileys listens for `unexpected-response`, which keeps ws from aborting; its timer ends with the connection.
  reports: undefined,
  knowing: { context: { http: { status, retryAfterMs: 7_000 } }, cause },
}));

/** The ways for a connection to end that have nothing to do with WhatsApp, and a few stanzas more. */
export const transportRows: readonly DisconnectRow<ByTransport>[] = [
  ...closes,
  ...refusals,
  {
    name: "HTTP 503 that keeps the connection",
    by: { fault: "upgrade-status", settings: { status: 503, retryAfter: 7, keepAlive: true } },
    reports: {
      statusCode: 408,
      message: "WebSocket Error (Opening handshake has timed out)",
      data: {},
    },
    cause: "connect-timeout",
    knowing: {
      context: { http: { status: 503, retryAfterMs: 7_000 } },
      cause: "edge-unavailable",
    },
  },
  {
    name: "close 1006: the end of TCP",
    by: { fault: "cut", settings: { during: "pairing" }, whileConnected: true },
    reports: { statusCode: 428, message: "Connection Terminated", data: null },
    cause: "socket-closed",
  },
  {
    // ws reports no error of a connection that was open.
    name: "RST on an open connection",
    by: { fault: "reset", settings: { during: "pairing" }, whileConnected: true },
    reports: { statusCode: 428, message: "Connection Terminated", data: null },
    cause: "socket-closed",
  },
  {
    name: "RST as soon as TCP is there",
    by: { fault: "accept-reset" },
    reports: { statusCode: 408, message: RESET, data: { code: "ECONNRESET" } },
    cause: "unreachable",
  },
  {
    name: "RST instead of an answer",
    by: { fault: "upgrade-reset" },
    reports: { statusCode: 408, message: RESET, data: { code: "ECONNRESET" } },
    cause: "unreachable",
  },
  {
    name: "a port where nobody listens",
    by: { fault: "connection-refused", settings: { forMs: 5_000 } },
    reports: {
      statusCode: 408,
      message: expect.stringMatching(/^WebSocket Error \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)$/),
      data: { code: "ECONNREFUSED" },
    },
    cause: "unreachable",
  },
  {
    name: "TCP that is accepted, and silence",
    by: { fault: "accept-silent" },
    reports: {
      statusCode: 408,
      message: "WebSocket Error (Opening handshake has timed out)",
      data: {},
    },
    cause: "connect-timeout",
  },
  {
    name: "no hello of the server",
    by: { fault: "noise-no-hello" },
    reports: { statusCode: 408, message: "Timed Out", data: { stack: expect.any(String) } },
    cause: "connect-timeout",
  },
  {
    // Baileys wants to hear something every 5 s and one interval.
    name: "silence on an open connection",
    by: { fault: "black-hole", settings: { during: "pairing" }, whileConnected: true },
    reports: { statusCode: 408, message: "Connection was lost", data: null },
    cause: "connection-lost",
  },
  {
    name: "a self-signed certificate",
    by: { fault: "tls-certificate", settings: { flaw: "self-signed" }, secure: true },
    reports: {
      statusCode: 500,
      // Node 24 adds what one may do about it.
      message: expect.stringMatching(/^WebSocket Error \(self-signed certificate/),
      data: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    },
    cause: "tls-error",
  },
  {
    name: "a certificate of another host",
    by: { fault: "tls-certificate", settings: { flaw: "wrong-host" }, secure: true },
    reports: {
      statusCode: 408,
      message: expect.stringMatching(/^WebSocket Error \(Hostname\/IP does not match/),
      data: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    },
    cause: "tls-error",
  },
  {
    name: "a certificate that has expired",
    by: { fault: "tls-certificate", settings: { flaw: "expired" }, secure: true },
    reports: {
      statusCode: 500,
      message: "WebSocket Error (certificate has expired)",
      data: { code: "CERT_HAS_EXPIRED" },
    },
    cause: "tls-error",
  },
  {
    name: "plain HTTP where TLS is expected",
    by: { stranger: "plainHttp" },
    reports: {
      statusCode: 408,
      message: expect.stringMatching(/^WebSocket Error \(/),
      data: { code: "EPROTO" },
    },
    cause: "tls-error",
  },
  {
    name: "a frame that the WebSocket protocol does not allow",
    by: { stranger: "brokenFrames" },
    reports: {
      statusCode: 500,
      message: "WebSocket Error (Invalid WebSocket frame: RSV1 must be clear)",
      data: { code: "WS_ERR_UNEXPECTED_RSV_1" },
    },
    cause: "ws-protocol",
  },
  {
    name: "a hello that cannot be read",
    by: { fault: "noise-garbage-hello" },
    reports: { message: expect.stringMatching(/./) },
    cause: "unknown",
  },
  {
    // Of the right length it is not noticed (crypto.js: `verify` takes libsignal's `false` for a yes).
    name: "Noise certificates with half a signature",
    by: { fault: "noise-bad-signature", settings: { bytes: 32 } },
    reports: { statusCode: 400, message: "noise certificate signature invalid", data: null },
    cause: "noise-cert-invalid",
  },
  {
    name: "Noise certificates of another authority",
    by: { fault: "noise-issuer-serial" },
    reports: { statusCode: 400, message: "certification match failed", data: null },
    cause: "noise-cert-invalid",
  },
  {
    name: "stream:error 401 without a reason",
    by: { fault: "stream-error", settings: { code: 401, during: "pairing" }, whileConnected: true },
    reports: {
      statusCode: 401,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "401" } },
    },
    cause: "logged-out",
  },
  {
    name: "stream:error 405 while pairing",
    by: { fault: "stream-error", settings: { code: 405, during: "pairing" }, whileConnected: true },
    reports: {
      statusCode: 405,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "405" } },
    },
    cause: "client-outdated",
  },
];
