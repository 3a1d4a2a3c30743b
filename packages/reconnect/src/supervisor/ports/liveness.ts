import type { Clock } from "@motte/core/clock";
import { ReconnectError } from "../../errors.ts";
import type { Port, PortHost } from "../port.ts";
import { type SupervisedSocket, listen } from "../supervised-socket.ts";

/**
 * Looks whether the peer is still there after the machine seems to have slept, and ends a connection that is not.
 *
 * Baileys alone would find out at its next keepalive, and then wait 30 s for the close. Silence by itself says
 * nothing: a healthy connection may be quiet for long, so nothing is asked until time has jumped.
 */
export function liveness<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { options, announce } = host;
  const { clock, timeouts, liveness: settings } = options;
  if (settings === undefined) return undefined;
  let ticker: Disposable | undefined;
  let probing: Disposable | undefined;
  let frames: Disposable | undefined;

  const alive = (): void => {
    probing?.[Symbol.dispose]();
    probing = undefined;
  };
  const dead = (): void => {
    alive();
    announce.counters.add("silentProbes");
    host.end({ watchdog: "zombie" }, noAnswer(timeouts.probeMs));
  };
  const probe = (sock: S): void => {
    if (probing !== undefined || sock.sendNode === undefined) return;
    announce.counters.add("probes");
    probing = clock.after(timeouts.probeMs, dead);
    // An error is no proof: any frame within the time is one of life.
    sock.sendNode(ping(sock)).catch(nothing);
  };
  const tick = (sock: S, since: Reading): void => {
    ticker = clock.after(settings.tickMs, () => {
      const now = read(clock);
      tick(sock, now);
      if (hasJumped(since, now, settings)) probe(sock);
    });
  };

  return {
    opened: (sock) => {
      // Baileys socket.js emits "frame" for everything that arrives and can be decrypted.
      frames = listen(sock.ws, "frame", alive);
      tick(sock, read(clock));
    },
    closed: () => {
      ticker?.[Symbol.dispose]();
      frames?.[Symbol.dispose]();
      alive();
    },
  };
}

interface Reading {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

function read(clock: Clock): Reading {
  return { wallMs: clock.now(), monotonicMs: clock.monotonic() };
}

/**
 * Whether more time has passed than the ticker asked for. Where the monotonic clock stands still during a suspend
 * (Linux) the wall clock runs ahead of it; elsewhere, and when the process was frozen, both say that the tick is late.
 */
function hasJumped(
  before: Reading,
  now: Reading,
  { tickMs, driftMs }: { readonly tickMs: number; readonly driftMs: number },
): boolean {
  const wallMs = now.wallMs - before.wallMs;
  const monotonicMs = now.monotonicMs - before.monotonicMs;
  return wallMs - monotonicMs > driftMs || monotonicMs - tickMs > driftMs;
}

// Baileys socket.js startKeepAliveRequest sends the same.
function ping(sock: SupervisedSocket): OutgoingNode {
  const id = sock.generateMessageTag?.();
  return {
    tag: "iq",
    attrs: { ...(id === undefined ? {} : { id }), to: "s.whatsapp.net", type: "get", xmlns: "w:p" },
    content: [{ tag: "ping", attrs: {} }],
  };
}

type OutgoingNode = Parameters<NonNullable<SupervisedSocket["sendNode"]>>[0];

function noAnswer(ms: number): ReconnectError {
  return new ReconnectError(
    "RECONNECT_PEER_SILENT",
    `Nothing came within ${ms} ms of a ping that followed a jump in time`,
    { retryable: true },
  );
}

function nothing(): void {}
