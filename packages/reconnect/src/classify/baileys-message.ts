import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

// What Baileys itself writes when it ends a socket (socket.js, noise-handler.js, validate-connection.js, generics.js).
// Four of these share 408 and three share 401 or 428, so the text is the only evidence.
const findings: ReadonlyMap<string, Finding> = new Map<string, Finding>([
  ["Connection Terminated by Server", { cause: "stream-ended" }],
  ["Connection Terminated", { cause: "socket-closed" }],
  ["Connection Closed", { cause: "socket-closed" }],
  ["Connection was lost", { cause: "connection-lost" }],
  ["Timed Out", { cause: "connect-timeout" }],
  ["QR refs attempts ended", { cause: "qr-expired" }],
  ["Multi-device beta not joined", { cause: "multidevice-mismatch", origin: "ib" }],
  ["Intentional Logout", { cause: "local-logout" }],
  ["Mobile API is not supported anymore", { cause: "factory-error" }],
  ["Invalid account signature", { cause: "pair-failed" }],
  ["Failed to verify account signature", { cause: "pair-failed" }],
  ["Missing device-identity or device in pair success node", { cause: "pair-failed" }],
  ["invalid noise leaf certificate", { cause: "noise-cert-invalid" }],
  ["invalid noise intermediate certificate", { cause: "noise-cert-invalid" }],
  ["noise certificate signature invalid", { cause: "noise-cert-invalid" }],
  ["noise intermediate certificate signature invalid", { cause: "noise-cert-invalid" }],
  ["certification match failed", { cause: "noise-cert-invalid" }],
]);

/** Reads the fixed texts of Baileys. */
export function readBaileysMessage({ message }: Evidence): Finding | undefined {
  return findings.get(message);
}
