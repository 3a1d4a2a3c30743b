import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { cuttingProxy } from "./cutting-proxy.ts";
import { linkedStage } from "./supervised-stage.ts";

const NIGHT_MS = 8 * 60 * 60 * 1_000;
/** The defaults: a look at the clocks, an answer to a ping, and the close of a peer that says nothing. */
const TICK_MS = 5_000;
const PROBE_MS = 8_000;
const GRACE_MS = 2_000;

/** A frame that was on its way when the proxy stalled would be an answer to the ping. All ends are in this process. */
async function whatWasSentArrives(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await setImmediate();
}

test("a connection that is half open after a night's sleep is found out within 15 s of waking, and cut within 3 s", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  await using proxy = await cuttingProxy(server);
  const bot = stage.bot({
    clock,
    timeouts: { closeGraceMs: GRACE_MS },
    // Baileys' own keepalive would find out later, and not before this test is over.
    socket: { waWebSocketUrl: proxy.url, keepAliveIntervalMs: 60_000 },
  });
  bot.start();
  await bot.open();
  proxy.stall();
  await whatWasSentArrives();

  clock.jumpWall(NIGHT_MS);
  const wokeAtMs = clock.monotonic();
  await clock.advance(TICK_MS);
  expect(bot.supervisor.metrics()).toMatchObject({ probes: 1, silentProbes: 0 });
  expect(bot.closes).toEqual([]);
  await clock.advance(PROBE_MS - 1);
  expect(bot.supervisor.sock).toBeDefined();
  await clock.advance(1);
  expect(bot.supervisor.sock).toBeUndefined();
  expect(clock.monotonic() - wokeAtMs).toBeLessThan(15_000);
  await clock.advance(GRACE_MS);
  await bot.until("The close", () => bot.closes.length > 0);

  expect(clock.monotonic() - wokeAtMs).toBeLessThanOrEqual(TICK_MS + PROBE_MS + GRACE_MS);
  expect(bot.closes).toMatchObject([
    {
      disconnect: { cause: "zombie", origin: "watchdog", credentials: "keep" },
      error: { code: "RECONNECT_PEER_SILENT" },
    },
  ]);
  await clock.advance(20);
  await bot.open();
  expect(bot.mostSocketsAlive).toBe(1);
});

test("a night's sleep is no uptime: the peer is asked at once and answers, and the failures of the evening still count", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const bot = stage.bot({ clock, socket: { keepAliveIntervalMs: 60_000 } });
  server.fault("upgrade-reset", { times: 2 });
  bot.start();
  for (let failures = 1; failures <= 2; failures++) {
    await bot.until("A failure", () => bot.retries.length === failures);
    await clock.advance(20);
  }
  const sock = await bot.open();
  expect(bot.supervisor.state).toMatchObject({ phase: "open", attempt: 2, rung: 2 });
  const { sequence } = server.journal.entries.at(-1) ?? { sequence: 0 };
  const answered: string[] = [];
  sock.ws.on("frame", ({ attrs }: { attrs?: { id?: string } }) => {
    if (attrs?.id !== undefined) answered.push(attrs.id);
  });

  clock.jumpWall(NIGHT_MS);
  await clock.advance(TICK_MS);
  const ping = await server.expect(
    (entry) => entry.sequence > sequence && entry.attrs["xmlns"] === "w:p",
  );
  await expect.poll(() => answered, { timeout: 60_000 }).toContain(ping.attrs["id"]);
  await clock.advance(PROBE_MS);

  expect(bot.closes).toHaveLength(2);
  expect(bot.supervisor.state).toMatchObject({ phase: "open", attempt: 2, rung: 2 });
  expect(bot.supervisor.metrics()).toMatchObject({ probes: 1, silentProbes: 0 });
  // By the wall clock it would have lasted for hours.
  server.fault("cut");
  await bot.until("The third failure", () => bot.retries.length === 3);
  expect(bot.supervisor.state).toMatchObject({ phase: "waiting", attempt: 3, rung: 3 });
  await clock.advance(20);
  await bot.open();
  await clock.advance(60_000);
  expect(bot.supervisor.state).toMatchObject({ phase: "stable", attempt: 0, rung: 0 });
});

test("a connection that is half open while the machine is awake is found by Baileys' keepalive, and its close does not take the 30 s of ws", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  await using proxy = await cuttingProxy(server);
  const bot = stage
    .bot({ socket: { waWebSocketUrl: proxy.url, keepAliveIntervalMs: 1_000 } })
    .start();
  await bot.open();
  proxy.stall();
  // Baileys socket.js gives up after the interval, here 1 s, and 5 s more.
  await bot.until("The close", () => bot.closes.length > 0);

  expect(bot.closes).toMatchObject([{ disconnect: { cause: "connection-lost", code: 408 } }]);
  await bot.open();
  expect(bot.mostSocketsAlive).toBe(1);
});
