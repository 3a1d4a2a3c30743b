import { connect } from "node:net";
import { systemClock } from "@motte/core/clock";
import { type FaultCase, connects, idles } from "./fault-case.ts";
import type { FaultStage } from "./fault-stage.ts";

const REFUSED_MS = 60_000;

/** Lets the time of the fault pass, until the port takes connections again. */
async function portOpens({ server }: FaultStage): Promise<void> {
  server.clock.advance(REFUSED_MS);
  while (!(await takesConnections(server.port))) await systemClock.sleep(5);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** Longer than Baileys waits for an upgrade. */
const HANG_MS = 3_000;
const REFUSALS = [
  {},
  { keepAlive: true },
  { status: 401 },
  { status: 403 },
  { status: 404 },
  { status: 429, retryAfter: 30 },
  { status: 429, retryAfter: 30, keepAlive: true },
  { status: 500 },
  { status: 502, body: "Bad Gateway" },
  { status: 200 },
];

const LATE = { connectTimeoutMs: 2_000 };
const SECURE = { secure: true };

export const connectCases: readonly FaultCase[] = [
  {
    fault: "connection-refused",
    while: connects,
    settings: { forMs: REFUSED_MS },
    beforeNext: portOpens,
  },
  { fault: "connection-refused", while: idles, settings: { forMs: REFUSED_MS } },
  { fault: "accept-reset", while: connects },
  { fault: "accept-silent", while: connects },
  { fault: "connect-delay", while: connects, settings: { ms: 500 } },
  { fault: "connect-delay", while: connects, settings: { ms: 5_000 }, client: LATE },
  { fault: "tls-certificate", while: connects, client: SECURE },
  { fault: "tls-certificate", while: connects, settings: { flaw: "wrong-host" }, client: SECURE },
  { fault: "tls-certificate", while: connects, settings: { flaw: "expired" }, client: SECURE },
  { fault: "upgrade-reset", while: connects },
  ...REFUSALS.map((settings): FaultCase<"upgrade-status"> => ({
    fault: "upgrade-status",
    while: connects,
    settings,
    hangMs: HANG_MS,
  })),
];
