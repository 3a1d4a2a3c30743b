import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

test("a failure whose reason is no number kills no process, and the close that follows is recovered from", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const rule = server.fault("failure", { reason: "beyond-numbers" });
  const bot = stage.bot().start();
  await bot.open();

  expect(rule.fired).toBe(1);
  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "socket-closed", origin: "ws", credentials: "keep" } },
  ]);
  expect(bot.retries).toMatchObject([{ attempt: 1 }]);
  expect(bot.mostSocketsAlive).toBe(1);
});

test("a failure whose reason is no number and that no close follows is ended by the watchdog of the login", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  server.fault("failure", { reason: "beyond-numbers", leaveOpen: true });
  const bot = stage.bot({ timeouts: { loginMs: 500 } }).start();
  await bot.open();

  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "connect-timeout", origin: "watchdog", credentials: "keep" } },
  ]);
  expect(bot.mostSocketsAlive).toBe(1);
});

test("a stream error whose code is no number kills no process, and the close that follows is recovered from", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const bot = stage.bot().start();
  await bot.open();
  const rule = server.fault("stream-error", { code: "beyond-numbers" });
  await bot.opened(2);

  expect(rule.fired).toBe(1);
  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "socket-closed", origin: "ws", credentials: "keep" } },
  ]);
});
