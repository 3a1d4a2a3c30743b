import { fibonacci } from "@motte/reconnect";
import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

const DROPS = 20;
const BUDGET = { max: 12, windowMs: 3_000 };
const FLAP = { opens: 5, windowMs: 60_000, rung: 7 };

test("a server that closes soon after every one of twenty opens: the delays grow, flapping is said once, and the budget holds", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const connects: number[] = [];
  const bot = stage.bot({
    policy: {
      backoff: fibonacci({ baseMs: 5, minMs: 1, capMs: 100, jitter: "none" }),
      stableAfterMs: 60_000,
      flap: FLAP,
      budget: BUDGET,
    },
  });
  const { supervisor } = bot;
  supervisor.onStateChange(({ to }) => {
    if (to === "connecting") connects.push(supervisor.state.connects.at(-1) ?? Number.NaN);
  });
  // Baileys says that it is available when it is open (chats.js).
  server.fault("close", { code: 1011, times: DROPS, on: { tag: "presence" } });
  bot.start();
  await bot.until("Twenty closes", () => bot.closes.length === DROPS);
  await bot.open();

  expect(bot.closes.every(({ disconnect }) => disconnect.cause === "socket-closed")).toBe(true);
  expect(bot.closes.every(({ uptimeMs }) => uptimeMs > 0)).toBe(true);
  expect(bot.retries.map(({ attempt }) => attempt)).toEqual(
    Array.from({ length: DROPS }, (_, index) => index + 1),
  );
  // Four steps of the ladder, then the seventh as soon as it is flapping, and on from there.
  const asked = bot.retries.map(({ disconnect, delayMs }) => [disconnect?.cause, delayMs] as const);
  expect(asked.slice(0, 7).map(([, delayMs]) => delayMs)).toEqual([5, 5, 10, 15, 65, 100, 100]);
  expect(bot.retries.slice(7).every(({ delayMs }) => delayMs >= 100)).toBe(true);
  expect(bot.flaps).toEqual([{ opens: FLAP.opens, windowMs: FLAP.windowMs }]);
  for (const [index, atMs] of connects.entries()) {
    const window = connects.filter((other) => other >= atMs && other < atMs + BUDGET.windowMs);
    expect(window.length, `from connect ${index + 1} on`).toBeLessThanOrEqual(BUDGET.max);
  }
  expect(connects).toHaveLength(DROPS + 1);
  expect(bot.mostSocketsAlive).toBe(1);
});
