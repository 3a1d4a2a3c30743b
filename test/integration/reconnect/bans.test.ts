import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { fileStateStore } from "@motte/reconnect";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
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
  expect(bot.supervisor.state.phase).toBe("held");
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

test("a ban of five seconds keeps a process away that is started again in the middle of it", async () => {
  await using folder = await temporaryFolder();
  await using stage = await linkedStage();
  const { server } = stage;
  const state = fileStateStore(folder.file("state.json"));
  const startMs = Date.UTC(2026, 0, 1);
  const ban = server.fault("failure", { reason: 402, attrs: { code: "101", expire: "5" } });
  const first = stage.bot({ clock: new ManualClock(startMs), policy: EXACTLY, state }).start();
  await first.until("The hold", () => first.holds.length > 0);
  expect(first.holds).toMatchObject([{ needs: "time", untilMs: startMs + 5_000 }]);
  await first.supervisor.stop();

  // A new process, two seconds later: its monotonic clock begins anew.
  const clock = new ManualClock(startMs + 2_000);
  const second = stage.bot({ clock, policy: EXACTLY, state }).start();
  await second.until("The hold", () => second.holds.length > 0);
  expect(second.holds).toMatchObject([
    { cause: "temp-banned", needs: "time", untilMs: startMs + 5_000, credentials: "keep" },
  ]);
  second.supervisor.resume();
  expect(second.supervisor.state.phase).toBe("held");
  await clock.advance(2_999);
  expect(second.sockets).toHaveLength(0);
  await clock.advance(1);
  await second.open();
  expect(second.sockets).toHaveLength(1);
  expect(ban.fired).toBe(1);
});
