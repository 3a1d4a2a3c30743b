import type { DisconnectRow } from "./disconnect-row.ts";

const streamErrors: readonly DisconnectRow[] = [
  {
    name: "stream:error 515",
    by: { fault: "stream-error", settings: { code: 515 } },
    reports: {
      statusCode: 515,
      message: "Stream Errored (restart required)",
      data: { tag: "stream:error", attrs: { code: "515" } },
    },
    cause: "restart-required",
  },
  {
    name: "stream:error 516",
    by: { fault: "stream-error", settings: { code: 516 } },
    reports: {
      statusCode: 516,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "516" } },
    },
    cause: "device-removed",
  },
  {
    name: "stream:error 503",
    by: { fault: "stream-error", settings: { code: 503 } },
    reports: {
      statusCode: 503,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "503" } },
    },
    cause: "service-unavailable",
  },
  {
    name: "stream:error 500",
    by: { fault: "stream-error", settings: { code: 500 } },
    reports: {
      statusCode: 500,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "500" } },
    },
    cause: "stream-unknown",
  },
  {
    name: "stream:error 429",
    by: { fault: "stream-error", settings: { code: 429 } },
    reports: {
      statusCode: 429,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "429" } },
    },
    cause: "rate-limited",
  },
  {
    name: "stream:error 409 (code)",
    by: { fault: "stream-error", settings: { code: 409 } },
    reports: {
      statusCode: 409,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: { code: "409" } },
    },
    cause: "replaced",
  },
  {
    name: "stream:error conflict replaced",
    by: { fault: "replaced" },
    reports: {
      statusCode: 440,
      message: "Stream Errored (conflict)",
      data: { tag: "conflict", attrs: { type: "replaced" } },
    },
    cause: "replaced",
  },
  {
    name: "stream:error code=440 conflict replaced",
    by: {
      fault: "stream-error",
      settings: { code: 440, reason: "conflict", reasonAttrs: { type: "replaced" } },
    },
    reports: {
      statusCode: 440,
      message: "Stream Errored (conflict)",
      data: { tag: "conflict", attrs: { type: "replaced" } },
    },
    cause: "replaced",
  },
  {
    name: "stream:error 401 conflict device_removed",
    by: {
      fault: "stream-error",
      settings: { code: 401, reason: "conflict", reasonAttrs: { type: "device_removed" } },
    },
    reports: {
      statusCode: 401,
      message: "Stream Errored (conflict)",
      data: { tag: "conflict", attrs: { type: "device_removed" } },
    },
    cause: "device-removed",
  },
  {
    name: "stream:error conflict device_removed (no code)",
    by: {
      fault: "stream-error",
      settings: { reason: "conflict", reasonAttrs: { type: "device_removed" } },
    },
    reports: {
      statusCode: 440,
      message: "Stream Errored (conflict)",
      data: { tag: "conflict", attrs: { type: "device_removed" } },
    },
    cause: "device-removed",
  },
  {
    name: "stream:error ack",
    by: {
      fault: "stream-error",
      settings: { reason: "ack", reasonAttrs: { class: "message", id: "ABC" } },
    },
    reports: {
      statusCode: 500,
      message: "Stream Errored (ack)",
      data: { tag: "ack", attrs: { class: "message", id: "ABC" } },
    },
    cause: "ack-owed",
  },
  {
    name: "stream:error xml-not-well-formed",
    by: { fault: "stream-error", settings: { reason: "xml-not-well-formed" } },
    reports: {
      statusCode: 500,
      message: "Stream Errored (xml-not-well-formed)",
      data: { tag: "xml-not-well-formed", attrs: {} },
    },
    cause: "bad-xml",
  },
  {
    name: "stream:error shutdown-ish (no child, no code)",
    by: { fault: "stream-error" },
    reports: {
      statusCode: 500,
      message: "Stream Errored (unknown)",
      data: { tag: "stream:error", attrs: {} },
    },
    cause: "stream-unknown",
  },
  {
    // Boom refuses the number in the constructor, and that is in the middle of Baileys' frame decoder.
    name: "stream:error NaN code",
    by: { fault: "stream-error", settings: { code: "oops", leaveOpen: true } },
    reports: undefined,
    leaves: "First argument must be a number (400+): null",
  },
];

const failures: readonly DisconnectRow[] = [
  {
    name: "failure 400",
    by: { fault: "failure", settings: { reason: 400, attrs: { location: "rva" } } },
    reports: {
      statusCode: 400,
      message: "Connection Failure",
      data: { reason: "400", location: "rva" },
    },
    cause: "failure-unknown",
  },
  {
    name: "failure 401",
    by: { fault: "failure", settings: { reason: 401, attrs: { location: "odn" } } },
    reports: {
      statusCode: 401,
      message: "Connection Failure",
      data: { reason: "401", location: "odn" },
    },
    cause: "logged-out",
  },
  {
    name: "failure 402 code=101 expire=3600",
    by: {
      fault: "failure",
      settings: { reason: 402, attrs: { code: "101", expire: "3600", location: "cln" } },
    },
    reports: {
      statusCode: 402,
      message: "Connection Failure",
      data: { reason: "402", code: "101", expire: "3600", location: "cln" },
    },
    cause: "temp-banned",
  },
  {
    name: "failure 402 no expire",
    by: { fault: "failure", settings: { reason: 402, attrs: { code: "104" } } },
    reports: {
      statusCode: 402,
      message: "Connection Failure",
      data: { reason: "402", code: "104" },
    },
    cause: "temp-banned",
  },
  {
    name: "failure 403",
    by: {
      fault: "failure",
      settings: {
        reason: 403,
        attrs: { location: "vll", logout_message_header: "H", logout_message_subtext: "S" },
      },
    },
    reports: {
      statusCode: 403,
      message: "Connection Failure",
      data: {
        reason: "403",
        location: "vll",
        logout_message_header: "H",
        logout_message_subtext: "S",
      },
    },
    cause: "account-locked",
  },
  {
    name: "failure 405",
    by: { fault: "failure", settings: { reason: 405, attrs: { location: "lla" } } },
    reports: {
      statusCode: 405,
      message: "Connection Failure",
      data: { reason: "405", location: "lla" },
    },
    cause: "client-outdated",
  },
  {
    name: "failure 406",
    by: { fault: "failure", settings: { reason: 406 } },
    reports: { statusCode: 406, message: "Connection Failure", data: { reason: "406" } },
    cause: "account-banned",
  },
  {
    name: "failure 409",
    by: { fault: "failure", settings: { reason: 409 } },
    reports: { statusCode: 409, message: "Connection Failure", data: { reason: "409" } },
    cause: "bad-user-agent",
  },
  {
    name: "failure 411",
    by: { fault: "failure", settings: { reason: 411 } },
    reports: { statusCode: 411, message: "Connection Failure", data: { reason: "411" } },
    cause: "multidevice-mismatch",
  },
  {
    name: "failure 413",
    by: { fault: "failure", settings: { reason: 413 } },
    reports: { statusCode: 413, message: "Connection Failure", data: { reason: "413" } },
    cause: "cat-rejected",
  },
  {
    name: "failure 414",
    by: { fault: "failure", settings: { reason: 414 } },
    reports: { statusCode: 414, message: "Connection Failure", data: { reason: "414" } },
    cause: "cat-rejected",
  },
  {
    name: "failure 415",
    by: { fault: "failure", settings: { reason: 415 } },
    reports: { statusCode: 415, message: "Connection Failure", data: { reason: "415" } },
    cause: "failure-unknown",
  },
  {
    name: "failure 418",
    by: { fault: "failure", settings: { reason: 418 } },
    reports: { statusCode: 418, message: "Connection Failure", data: { reason: "418" } },
    cause: "failure-unknown",
  },
  {
    name: "failure 500",
    by: { fault: "failure", settings: { reason: 500, attrs: { message: "ise" } } },
    reports: {
      statusCode: 500,
      message: "Connection Failure",
      data: { reason: "500", message: "ise" },
    },
    cause: "server-error",
  },
  {
    name: "failure 501",
    by: { fault: "failure", settings: { reason: 501 } },
    reports: { statusCode: 501, message: "Connection Failure", data: { reason: "501" } },
    cause: "server-error",
  },
  {
    name: "failure 503",
    by: { fault: "failure", settings: { reason: 503 } },
    reports: { statusCode: 503, message: "Connection Failure", data: { reason: "503" } },
    cause: "service-unavailable",
  },
  {
    name: "failure (no reason)",
    by: { fault: "failure", settings: { attrs: { location: "x" } } },
    reports: { statusCode: 500, message: "Connection Failure", data: { location: "x" } },
    cause: "failure-unknown",
  },
  {
    name: "failure NaN",
    by: { fault: "failure", settings: { reason: "oops", leaveOpen: true } },
    reports: undefined,
    leaves: "First argument must be a number (400+): null",
  },
];

const others: readonly DisconnectRow[] = [
  {
    name: "xmlstreamend",
    by: { fault: "stream-end" },
    reports: { statusCode: 428, message: "Connection Terminated by Server", data: null },
    cause: "stream-ended",
  },
  {
    name: "ib downgrade_webclient",
    by: { fault: "downgraded" },
    reports: { statusCode: 411, message: "Multi-device beta not joined", data: null },
    cause: "multidevice-mismatch",
  },
  {
    name: "end(undefined)",
    by: { from: "unlinked", act: ({ sock }) => void sock.end(undefined) },
    reports: {},
    cause: "local-end",
  },
  {
    name: "end(plain Error)",
    by: { from: "unlinked", act: ({ sock }) => void sock.end(new Error("boom")) },
    reports: { message: "boom" },
    cause: "unknown",
  },
  {
    name: "logout() unpaired",
    by: { from: "unlinked", act: ({ sock }) => void sock.logout() },
    reports: { statusCode: 401, message: "Intentional Logout", data: null },
    cause: "local-logout",
  },
  {
    // Without the caller's word for it, a text of its own cannot be told from any other 401.
    name: "logout(msg) unpaired",
    by: { from: "unlinked", act: ({ sock }) => void sock.logout("bye") },
    reports: { statusCode: 401, message: "bye", data: null },
    cause: "unverified-401",
    knowing: { context: { intent: "logout" }, cause: "local-logout" },
  },
  {
    name: "logout() paired",
    by: { from: "linked", act: ({ sock }) => void sock.logout() },
    reports: { statusCode: 401, message: "Intentional Logout", data: null },
    cause: "local-logout",
  },
  {
    name: "pair-device: QR refs exhausted",
    by: { from: "unlinked", options: { qrTimeout: 50 } },
    reports: { statusCode: 408, message: "QR refs attempts ended", data: null },
    cause: "qr-expired",
  },
  {
    // The one that is thrown by `makeWASocket` itself.
    name: "factory throw mobile",
    by: { from: "unlinked", options: { mobile: true } },
    reports: { statusCode: 401, message: "Mobile API is not supported anymore", data: null },
    cause: "factory-error",
  },
];

/** Every disconnect of Baileys 7.0.0-rc14 that was recorded, under the name of its recording. */
export const recordedRows: readonly DisconnectRow[] = [...streamErrors, ...failures, ...others];
