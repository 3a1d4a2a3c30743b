import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { QUICK } from "./supervised-bot.ts";
import { linkedStage } from "./supervised-stage.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** The longest delay that a timer of Node's can have. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const EXACTLY = { ...QUICK, ban: { slackMs: 0 } };

test("a ban of forty days, longer than any timer of Node's, ends after forty days and not a moment sooner", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  server.fault("failure", { reason: 402, attrs: { code: "101", expire: `${40 * 86_400}` } });
  const bot = stage.bot({ clock, policy: EXACTLY }).start();
  await bot.until("The hold", () => bot.holds.length > 0);

  expect(bot.closes).toMatchObject([{ disconnect: { cause: "temp-banned", credentials: "keep" } }]);
  expect(bot.holds).toMatchObject([{ needs: "time", untilMs: clock.now() + 40 * DAY_MS }]);
  bot.supervisor.resume();
  await clock.advance(LONGEST_TIMER_MS);
  await clock.advance(40 * DAY_MS - LONGEST_TIMER_MS - 1);
  expect(bot.sockets).toHaveLength(1);
  await clock.advance(1);
  await bot.open();
  expect(bot.sockets).toHaveLength(2);
});

test("on the machine's own clock a ban of forty days arms no timer that overflows and fires at once", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", onWarning);
  server.fault("failure", { reason: 402, attrs: { code: "101", expire: `${40 * 86_400}` } });
  const bot = stage.bot({ policy: EXACTLY }).start();
  await bot.until("The hold", () => bot.holds.length > 0);
  // An overflow would fire after a millisecond, and this timer is armed after it.
  await systemClock.sleep(50);
  process.off("warning", onWarning);

  expect(warnings).not.toContain("TimeoutOverflowWarning");
  expect(bot.sockets).toHaveLength(1);
  expect(bot.supervisor.state.phase).toBe("held");
});
