/** Where the evidence for a disconnect came from. The same number means different things by origin. */
export type DisconnectOrigin =
  | "stream"
  | "failure"
  | "ib"
  | "ws"
  | "net"
  | "tls"
  | "http"
  | "handshake"
  | "keepalive"
  | "qr"
  | "pair"
  | "local"
  | "factory"
  | "watchdog"
  | "unknown";

/** Why a connection ended, after reading where the evidence came from and not only its number. */
export type DisconnectCause =
  | "restart-required"
  | "logged-out"
  | "device-removed"
  | "account-locked"
  | "account-banned"
  | "temp-banned"
  | "replaced"
  | "client-outdated"
  | "multidevice-mismatch"
  | "stale-pairing"
  | "qr-expired"
  | "pair-failed"
  | "bad-user-agent"
  | "failure-unknown"
  | "cat-rejected"
  | "edge-refused"
  | "tls-error"
  | "noise-cert-invalid"
  | "unverified-401"
  | "rate-limited"
  | "service-unavailable"
  | "server-error"
  | "ack-owed"
  | "bad-xml"
  | "stream-unknown"
  | "stream-ended"
  | "socket-closed"
  | "connection-lost"
  | "connect-timeout"
  | "offline"
  | "unreachable"
  | "ws-protocol"
  | "edge-unavailable"
  | "edge-unexpected"
  | "zombie"
  | "factory-error"
  | "recycled"
  | "local-end"
  | "unknown"
  | "local-logout"
  | "local-stop";

/**
 * What a disconnect says about the credentials. Nothing here deletes them: the host decides.
 *
 * - `keep`: they are good.
 * - `hold`: stop using them, do not delete them.
 * - `revoked`: the server said they are no longer valid; keep a copy and pair again.
 * - `reset`: they were never paired, so new ones may replace them.
 */
export type CredentialsVerdict = "keep" | "hold" | "revoked" | "reset";

/** What must happen before a held connection may continue. */
export type HoldNeed = "operator" | "pairing" | "version" | "time" | "ownership";

/** The policy family that answers a cause, with what that family needs to know. */
export type CauseRule =
  | { readonly family: "restart-required" }
  | { readonly family: "recycle" }
  | { readonly family: "replaced" }
  | { readonly family: "back-off" }
  | { readonly family: "rate-limited" }
  | { readonly family: "refused" }
  | { readonly family: "client-outdated" }
  | { readonly family: "temporary-ban" }
  | { readonly family: "qr-window" }
  | { readonly family: "hold"; readonly needs: HoldNeed }
  | { readonly family: "stop" };

/** All there is to say about one cause. */
export interface CauseDescription {
  /** Where this cause usually shows. A `Disconnect` carries where it showed this time. */
  readonly origin: DisconnectOrigin;
  /** What happened, as a sentence for a person. */
  readonly meaning: string;
  readonly credentials: CredentialsVerdict;
  readonly rule: CauseRule;
  /** What the default rule does, as a sentence for a person. */
  readonly action: string;
  /** What it means instead when an account that was never paired meets it again and again before any QR code. */
  readonly unpaired?: DisconnectCause;
}

const backOff = {
  credentials: "keep",
  rule: { family: "back-off" },
  action: "Connects again after a delay that grows with every failure.",
} as const;

const refused = {
  credentials: "keep",
  rule: { family: "refused" },
  action: "Tries a few more times, minutes to an hour apart, then waits for an operator.",
} as const;

const holdFor = {
  operator: { family: "hold", needs: "operator" },
  pairing: { family: "hold", needs: "pairing" },
} as const;

// WhiskeySockets/Baileys #2705: a refused browser description shows as nothing but 428 before the first QR code.
const refusedBrowser = { unpaired: "bad-user-agent" } as const;

const stop = {
  origin: "local",
  credentials: "keep",
  rule: { family: "stop" },
  action: "Stops.",
} as const;

/** One row per cause: what it means, what it says about the credentials, and what the default rule does. */
export const causes: Readonly<Record<DisconnectCause, CauseDescription>> = {
  "restart-required": {
    origin: "stream",
    meaning: "The server asks for a new connection, as it does right after pairing.",
    credentials: "keep",
    rule: { family: "restart-required" },
    action: "Connects again at once when the credentials are saved.",
  },

  "logged-out": {
    origin: "failure",
    meaning: "The server says this device is logged out.",
    credentials: "revoked",
    rule: holdFor.pairing,
    action: "Waits until the device is paired again. The old credentials are not deleted.",
  },
  "device-removed": {
    origin: "stream",
    meaning: "This device was removed from the account's linked devices.",
    credentials: "revoked",
    rule: holdFor.pairing,
    action: "Waits until the device is paired again. The old credentials are not deleted.",
  },
  "account-locked": {
    origin: "failure",
    meaning: "WhatsApp has locked the account; the phone shows what to do.",
    credentials: "hold",
    rule: holdFor.operator,
    action: "Waits for an operator.",
  },
  "account-banned": {
    origin: "failure",
    meaning: "WhatsApp has banned the account.",
    credentials: "revoked",
    rule: holdFor.operator,
    action: "Waits for an operator. The old credentials are not deleted.",
  },
  "temp-banned": {
    origin: "failure",
    meaning: "WhatsApp has banned the account for a while.",
    credentials: "keep",
    rule: { family: "temporary-ban" },
    action: "Waits until the ban is over.",
  },
  replaced: {
    origin: "stream",
    meaning: "Another connection with the same credentials took over.",
    credentials: "keep",
    rule: { family: "replaced" },
    action:
      "Waits until it is known to be this program's turn, because two that take over from each other never end.",
  },
  "client-outdated": {
    origin: "failure",
    meaning: "The server refuses this client version.",
    credentials: "keep",
    rule: { family: "client-outdated" },
    action:
      "Looks for another version once, and tries the refused one again at most every quarter of an hour.",
  },
  "multidevice-mismatch": {
    origin: "failure",
    meaning: "The server says the account cannot use linked devices.",
    credentials: "keep",
    rule: holdFor.operator,
    action: "Waits for an operator.",
  },

  "stale-pairing": {
    origin: "failure",
    meaning: "A pairing was started but never finished, so the login was refused.",
    credentials: "reset",
    rule: holdFor.pairing,
    action: "Waits for a new pairing with fresh credentials.",
  },
  "qr-expired": {
    origin: "qr",
    meaning: "Nobody scanned the QR code in time.",
    credentials: "keep",
    rule: { family: "qr-window" },
    action: "Shows new codes a few times, then waits until someone wants to pair.",
  },
  "pair-failed": {
    origin: "pair",
    meaning: "The pairing could not be verified.",
    credentials: "reset",
    rule: { family: "qr-window" },
    action: "Shows new codes a few times, then waits until someone wants to pair.",
  },

  "bad-user-agent": {
    origin: "failure",
    meaning: "The server refuses the browser description this client sends.",
    ...refused,
  },
  "failure-unknown": {
    origin: "failure",
    meaning: "The server refused the login for a reason not known here.",
    ...refused,
  },
  "cat-rejected": {
    origin: "failure",
    meaning: "The server refused an access token that WhatsApp accounts do not use.",
    ...refused,
  },
  "edge-refused": {
    origin: "http",
    meaning: "A server or proxy on the way refused the WebSocket upgrade.",
    ...refused,
  },
  "tls-error": {
    origin: "tls",
    meaning:
      "The TLS connection could not be trusted: interception, a wrong clock or a wrong address.",
    ...refused,
  },
  "noise-cert-invalid": {
    origin: "handshake",
    meaning: "The server's certificate could not be verified: interception or a changed key.",
    ...refused,
  },
  "unverified-401": {
    origin: "unknown",
    meaning: "Something answered 401, and it is not clear that it was WhatsApp.",
    ...refused,
  },

  "rate-limited": {
    origin: "stream",
    meaning: "The server asks this client to connect less often.",
    credentials: "keep",
    rule: { family: "rate-limited" },
    action: "Connects again after a much longer delay, and remembers it for an hour.",
  },

  "service-unavailable": {
    origin: "stream",
    meaning: "The service is unavailable for now.",
    ...backOff,
  },
  "server-error": { origin: "failure", meaning: "The server had an internal error.", ...backOff },
  "ack-owed": {
    origin: "stream",
    meaning: "The server ended the stream because a stanza was never acknowledged.",
    ...backOff,
  },
  "bad-xml": {
    origin: "stream",
    meaning: "The server could not read a stanza this client sent.",
    ...backOff,
  },
  "stream-unknown": {
    origin: "stream",
    meaning: "The server ended the stream without a reason known here.",
    ...backOff,
  },
  "stream-ended": {
    origin: "stream",
    meaning: "The server ended the stream.",
    ...backOff,
    ...refusedBrowser,
  },
  "socket-closed": {
    origin: "ws",
    meaning: "The connection was closed.",
    ...backOff,
    ...refusedBrowser,
  },
  "connection-lost": {
    origin: "keepalive",
    meaning: "The server did not answer any more.",
    ...backOff,
  },
  "connect-timeout": {
    origin: "handshake",
    meaning: "The connection was not established in time.",
    ...backOff,
  },
  offline: { origin: "net", meaning: "There is no route to the server.", ...backOff },
  unreachable: { origin: "net", meaning: "The server could not be reached.", ...backOff },
  "ws-protocol": {
    origin: "ws",
    meaning: "The WebSocket connection broke its protocol.",
    ...backOff,
  },
  "edge-unavailable": {
    origin: "http",
    meaning: "A server or proxy on the way is unavailable.",
    ...backOff,
  },
  "edge-unexpected": {
    origin: "http",
    meaning: "A server or proxy on the way answered with something other than a WebSocket.",
    ...backOff,
  },
  zombie: {
    origin: "watchdog",
    meaning: "The connection was open but nothing came through it.",
    ...backOff,
  },
  "factory-error": { origin: "factory", meaning: "The socket could not be created.", ...backOff },
  recycled: {
    origin: "local",
    meaning: "This program ended the socket to make a new one.",
    credentials: "keep",
    rule: { family: "recycle" },
    action: "Connects again at once.",
  },
  "local-end": { origin: "local", meaning: "This program ended the socket itself.", ...backOff },
  unknown: {
    origin: "unknown",
    meaning: "The connection ended for a reason not known here.",
    ...backOff,
  },

  "local-logout": {
    ...stop,
    credentials: "revoked",
    meaning: "This program logged the device out.",
  },
  "local-stop": { ...stop, meaning: "This program stopped the connection." },
};
