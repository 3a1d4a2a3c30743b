import { constant } from "@motte/reconnect";
import { expect, test } from "vitest";
import { QUICK } from "./supervised-bot.ts";
import { linkedStage } from "./supervised-stage.ts";

/** Refusals that nobody understands are tried again slowly; here it is quick enough for a test. */
const PATIENT = { ...QUICK, refused: { max: 5, backoff: constant(30) } };
const stanza = { tag: "failure", code: "beyond-numbers" };

test("a failure whose reason is no number kills no process, shows in the disconnect, and the close that follows is recovered from", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const rule = server.fault("failure", { reason: "beyond-numbers" });
  const bot = stage.bot({ policy: PATIENT }).start();
  await bot.open();

  expect(rule.fired).toBe(1);
  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "failure-unknown", origin: "failure", credentials: "keep", stanza } },
  ]);
  expect(bot.retries).toMatchObject([{ reason: "refused", delayMs: 30, attempt: 1 }]);
  expect(bot.mostSocketsAlive).toBe(1);
});

test("a failure whose reason is no number and that no close follows is ended by the watchdog of the login", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  server.fault("failure", { reason: "beyond-numbers", leaveOpen: true });
  const bot = stage.bot({ policy: PATIENT, timeouts: { loginMs: 3_000 } }).start();
  await bot.open();

  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "failure-unknown", origin: "failure", credentials: "keep", stanza } },
  ]);
  expect(bot.mostSocketsAlive).toBe(1);
});

test("a stream error whose code is no number kills no process, shows in the disconnect, and the close that follows is recovered from", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const bot = stage.bot().start();
  await bot.open();
  const rule = server.fault("stream-error", { code: "beyond-numbers" });
  await bot.opened(2);

  expect(rule.fired).toBe(1);
  expect(bot.closes).toMatchObject([
    {
      disconnect: {
        cause: "stream-unknown",
        origin: "stream",
        credentials: "keep",
        stanza: { tag: "stream:error", code: "beyond-numbers" },
      },
    },
  ]);
});
