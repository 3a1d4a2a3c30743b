import { systemClock } from "@motte/core/clock";
import { expect, test } from "vitest";
import type { BotProgram } from "./bot-program.ts";
import { processStage } from "./process-stage.ts";

const FIRST_MS = 300;
const KILLS = 6;

test("a process that is killed with -9 again and again connects no faster than the ladder it keeps on disk", async () => {
  await using stage = await processStage();
  const { server } = stage;
  await stage.link();
  const connectedAtMs: number[] = [];
  server.onConnection(() => connectedAtMs.push(systemClock.monotonic()));
  let killedWaiting = 0;

  for (let kill = 1; kill <= KILLS; kill++) {
    await using bot = stage.start({ backoffMs: FIRST_MS });
    if (await isWaitingFor(bot, FIRST_MS)) killedWaiting++;
    else await bot.prints("becomes", { phase: "open" });
    bot.signal("SIGKILL");
    expect(await bot.ended).toBe("SIGKILL");
  }

  const gapsMs = connectedAtMs.slice(1).map((atMs, index) => atMs - (connectedAtMs[index] ?? 0));
  for (const [index, gapMs] of gapsMs.entries()) {
    expect(gapMs, `after ${index + 1} connects`).toBeGreaterThanOrEqual(FIRST_MS * 2 ** index);
  }
  expect(connectedAtMs).toHaveLength(KILLS - killedWaiting);
  expect(connectedAtMs.length).toBeGreaterThan(2);
  expect(killedWaiting).toBeGreaterThan(0);
  const last = stage.start({ backoffMs: FIRST_MS });
  await last.prints("becomes", { phase: "open" });
  last.signal("SIGTERM");
  expect(await last.ended).toBe(0);
}, 400_000);

/** Whether it starts with a pause that is longer than this. */
async function isWaitingFor(bot: BotProgram, ms: number): Promise<boolean> {
  const connects = bot.prints("connects").then(() => false);
  const waits = bot.prints("retries", { reason: "restored" }).then(async ({ delayMs }) => {
    if (Number(delayMs) <= ms) return connects;
    // Killed before it has kept the pause it would begin the same one anew.
    await bot.prints("keeps");
    return true;
  });
  return Promise.race([connects, waits]);
}
