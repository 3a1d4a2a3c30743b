import { useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { type Clock, systemClock } from "@motte/core/clock";
import { MockServer } from "@motte/mock-server";
import {
  type Admission,
  type Supervisor,
  type SupervisedSocket,
  constant,
  fibonacci,
  fleet,
  supervise,
} from "@motte/reconnect";
import { expect, test } from "vitest";
import { lightSocket } from "./light-socket.ts";
import { QUICK, SupervisedBot } from "./supervised-bot.ts";
import { linkBot } from "./supervised-stage.ts";

const SESSIONS = 50;
const HANDSHAKES = 20;
const BREAKER_ACCOUNTS = 5;

test("fifty sessions that all hear 405 for ever, real Baileys each: a breaker opens, one at a time tries, and when it is over all come", async () => {
  await using cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start({ seed: "fleet" }));
  const rule = server.fault("failure", { reason: 405, of: "both", times: "always" });
  const admission = fleet({
    ratePerSecond: 1_000,
    burst: SESSIONS,
    maxHandshakes: HANDSHAKES,
    breaker: { accounts: BREAKER_ACCOUNTS, share: 1, probeMs: 20, maxProbeMs: 20 },
  });
  let together = 0;
  let probes = 0;
  let probesAlive = 0;
  let mostProbesAlive = 0;
  const bots: SupervisedBot[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    const auth = cleanup.use(await useMemoryAuthState());
    const bot = new SupervisedBot(server, auth, {
      admission,
      accountId: `session ${session}`,
      policy: {
        ...QUICK,
        outdated: { backoff: constant(10) },
        budget: { max: 1_000, windowMs: 1 },
      },
      factory: (make) => {
        const sock = make();
        if (admission.snapshot().breakers.length === 0) {
          together++;
          return sock;
        }
        probes++;
        mostProbesAlive = Math.max(mostProbesAlive, ++probesAlive);
        sock.ev.on("connection.update", ({ connection, qr }) => {
          if (connection === "close" || qr !== undefined) probesAlive--;
        });
        return sock;
      },
    });
    bots.push(cleanup.use(bot));
  }
  for (const bot of bots) bot.start();
  await expect.poll(() => probes, { timeout: 120_000 }).toBeGreaterThanOrEqual(15);

  expect(admission.snapshot().breakers).toMatchObject([{ name: "client-outdated" }]);
  expect(mostProbesAlive).toBe(1);
  // Those who were on the way in when the last one needed to open it was refused.
  expect(together).toBeLessThanOrEqual(HANDSHAKES + BREAKER_ACCOUNTS - 1);
  const refused = bots.flatMap(({ closes }) => closes);
  expect(new Set(refused.map(({ disconnect }) => disconnect.cause))).toEqual(
    new Set(["client-outdated"]),
  );
  expect(bots.flatMap(({ gaveUp }) => gaveUp)).toEqual([]);

  rule.remove();
  for (const bot of bots) await bot.until("A QR code", () => bot.qrs.length > 0);
  expect(admission.snapshot().breakers).toEqual([]);
  expect(bots.every(({ mostSocketsAlive }) => mostSocketsAlive === 1)).toBe(true);
});

const LIGHT = 1_000;
const REAL = 6;
const RATE = { ratePerSecond: 100, burst: 30 };
/** How far a timer may be off. */
const SLACK_MS = 50;

test("a thousand sessions on bare WebSockets and six on real Baileys come back after a restart of the server, never faster than the bucket allows", async () => {
  await using cleanup = new CleanupStack();
  const server = cleanup.use(
    await MockServer.start({ seed: "fleet", limits: { handshakeMs: 600_000 } }),
  );
  // What time it is to the bucket: on a busy machine it is later by much when leave is taken note of.
  let readAtMs = 0;
  const monotonic = (): number => (readAtMs = systemClock.monotonic());
  const clock: Clock = { ...systemClock, monotonic };
  const bucket = fleet({ ...RATE, maxHandshakes: 50, clock });
  const grantedAtMs: number[] = [];
  let isBooting = true;
  const boot = fleet({ ratePerSecond: 10_000, burst: 100, maxHandshakes: 50 });
  const admission: Admission = {
    acquire: async (request) => {
      if (isBooting) return boot.acquire(request);
      const ticket = await bucket.acquire(request);
      grantedAtMs.push(readAtMs);
      return ticket;
    },
    report: (ended) => bucket.report(ended),
  };
  const policy = { backoff: fibonacci({ baseMs: 100, minMs: 10, capMs: 2_000 }) };
  const real: SupervisedBot[] = [];
  for (let session = 0; session < REAL; session++) {
    const auth = cleanup.use(await useMemoryAuthState());
    await linkBot(server, auth, server.phone({ name: `Ada ${session}` }));
    real.push(cleanup.use(new SupervisedBot(server, auth, { policy, admission })));
  }
  const light: Supervisor<SupervisedSocket>[] = [];
  for (let session = 0; session < LIGHT; session++) {
    const factory = (): SupervisedSocket => lightSocket(server.url);
    light.push(cleanup.use(supervise(factory, { policy, admission, liveness: false })));
  }
  const all = [...light, ...real.map(({ supervisor }) => supervisor)];
  let opens = 0;
  for (const supervisor of all) {
    supervisor.onOpen(() => opens++);
    void supervisor.start();
  }
  await expect.poll(() => opens, { timeout: 120_000 }).toBe(all.length);
  isBooting = false;
  server.fault("server-restart", { downMs: 100 });
  await expect.poll(() => opens, { timeout: 120_000 }).toBeGreaterThanOrEqual(2 * all.length);
  // On a slow machine the first of them have been open for so long that they count as stable.
  const isOpen = ({ state }: (typeof all)[number]): boolean =>
    state.phase === "open" || state.phase === "stable";
  await expect.poll(() => all.filter(isOpen).length, { timeout: 60_000 }).toBe(all.length);

  await expect.poll(() => server.connections.length).toBe(all.length);
  expect(grantedAtMs.length).toBeGreaterThanOrEqual(all.length);
  expect(fastest(grantedAtMs)).toBeLessThanOrEqual(0);
}, 300_000);

/** By how many more than the bucket allows were admitted in the worst of all windows. */
function fastest(timesMs: readonly number[]): number {
  let worst = Number.NEGATIVE_INFINITY;
  for (const [from, fromMs] of timesMs.entries()) {
    for (let to = from; to < timesMs.length; to++) {
      const windowMs = (timesMs[to] ?? 0) - fromMs + SLACK_MS;
      const allowed = (RATE.ratePerSecond * windowMs) / 1_000 + RATE.burst;
      worst = Math.max(worst, to - from + 1 - allowed);
    }
  }
  return worst;
}
