import { assertKnownOptions, integerOption } from "@motte/core/options";

/** How long the supervisor waits for things that may never come. All in milliseconds. */
export interface SupervisorTimeouts {
  /** For the factory to return a socket. @defaultValue `30_000` */
  readonly factoryMs?: number;
  /** From then until the WebSocket is up. @defaultValue the socket's own `connectTimeoutMs` + `10_000` */
  readonly connectMs?: number;
  /** From then until the server logs us in or offers a QR code. @defaultValue `60_000` */
  readonly loginMs?: number;
  /** For the peer to answer a close, before the connection is cut. @defaultValue `2_000` */
  readonly closeGraceMs?: number;
  /** For credentials to be saved, before the next connect goes ahead without. @defaultValue `10_000` */
  readonly drainMs?: number;
  /** For an open connection to catch up, before it counts as ready without. @defaultValue `30_000` */
  readonly readyMs?: number;
  /** For any frame after a ping, before a connection that may be dead is ended. @defaultValue `8_000` */
  readonly probeMs?: number;
  /** For the connection and the server's answer, before `logout()` goes on without. @defaultValue `10_000` */
  readonly logoutMs?: number;
}

export interface ResolvedTimeouts {
  readonly factoryMs: number;
  readonly connectMs: number | undefined;
  readonly loginMs: number;
  readonly closeGraceMs: number;
  readonly drainMs: number;
  readonly readyMs: number;
  readonly probeMs: number;
  readonly logoutMs: number;
}

const NAMES = [
  "factoryMs",
  "connectMs",
  "loginMs",
  "closeGraceMs",
  "drainMs",
  "readyMs",
  "probeMs",
  "logoutMs",
] as const satisfies readonly (keyof SupervisorTimeouts)[];

/** Fills in the defaults and throws a `UsageError` for anything that makes no sense. */
export function resolveTimeouts(timeouts: SupervisorTimeouts = {}): ResolvedTimeouts {
  assertKnownOptions("timeouts", timeouts, NAMES);
  for (const name of NAMES) {
    const value = timeouts[name];
    if (value !== undefined) integerOption(`timeouts.${name}`, value, { min: 1 });
  }
  return {
    factoryMs: timeouts.factoryMs ?? 30_000,
    connectMs: timeouts.connectMs,
    loginMs: timeouts.loginMs ?? 60_000,
    closeGraceMs: timeouts.closeGraceMs ?? 2_000,
    drainMs: timeouts.drainMs ?? 10_000,
    // Baileys' own event buffer holds nothing back for longer (event-buffer.js BUFFER_TIMEOUT_MS).
    readyMs: timeouts.readyMs ?? 30_000,
    probeMs: timeouts.probeMs ?? 8_000,
    logoutMs: timeouts.logoutMs ?? 10_000,
  };
}
