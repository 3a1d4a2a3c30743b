import type { DisconnectCause } from "../causes.ts";

const nothing = "Nothing, unless it keeps happening.";
const pairAgain = "Archive the credentials, make new ones and pair the device again.";
const network = "Check the network, DNS and any proxy between this machine and WhatsApp.";

/** What a person can do about each cause. */
export const advice: Readonly<Record<DisconnectCause, string>> = {
  "restart-required": "Nothing. Make sure that the credentials are saved before the next connect.",
  "logged-out": pairAgain,
  "device-removed": pairAgain,
  "account-locked": "Open WhatsApp on the phone and follow what it says, then resume.",
  "account-banned": "Open WhatsApp on the phone; it offers to request a review.",
  "temp-banned": "Wait. Look at what was sent before it; connecting early may make the ban longer.",
  replaced: "Find the other program that uses these credentials and stop one of the two.",
  "client-outdated": "Update Baileys, or the WhatsApp Web version it is told to use.",
  "multidevice-mismatch": "Update Baileys, and open WhatsApp on the phone to update it too.",
  "stale-pairing": "Start the pairing again with fresh credentials.",
  "qr-expired": "Resume when someone is ready to scan.",
  "pair-failed":
    "Start the pairing again with fresh credentials; update Baileys if it fails again.",
  "bad-user-agent": "Set `browser` to one of the descriptions that Baileys' `Browsers` makes.",
  "failure-unknown": "Update Baileys, and look for the number in its issues.",
  "cat-rejected": "Update Baileys, and report it there: WhatsApp accounts have no such token.",
  "edge-refused": "Check the proxy, its credentials and whether it allows WebSocket upgrades.",
  "tls-error": "Check this machine's clock, its certificates and any proxy that inspects TLS.",
  "noise-cert-invalid": "Check for a proxy that inspects traffic; update Baileys if there is none.",
  "unverified-401": "Find out who answered: a proxy, or WhatsApp. Do not delete the credentials.",
  "rate-limited": "Connect less often. Check that no other program or loop makes sockets too.",
  "service-unavailable": nothing,
  "server-error": nothing,
  "ack-owed": "Update Baileys. Do not delete the credentials: the session is good.",
  "bad-xml": "Find the message or query sent just before it, and stop sending it.",
  "stream-unknown": "Nothing, unless it keeps happening. Do not delete the credentials for it.",
  "stream-ended": nothing,
  "socket-closed":
    "Nothing, unless it keeps happening. Before any QR code it may mean a refused `browser` setting.",
  "connection-lost": network,
  "connect-timeout": network,
  offline: network,
  unreachable: network,
  "ws-protocol": "Check for a proxy that changes WebSocket frames.",
  "edge-unavailable": nothing,
  "edge-unexpected": "Check `waWebSocketUrl` and the proxy: something else answers there.",
  zombie: network,
  "factory-error": "Read the error that making the socket ended with, and fix what it names.",
  recycled: nothing,
  "local-end": "Look for `sock.end()` in the program; `stop()` is how to end for good.",
  unknown: "Read the error's text, and report it if it keeps happening.",
  "local-logout": "Nothing. Pair the device again to go on.",
  "local-stop": "Nothing. Start again when wanted.",
};
