import { constant } from "@motte/reconnect";
import { expect, test } from "vitest";
import { QUICK } from "./supervised-bot.ts";
import { linkedStage } from "./supervised-stage.ts";

test("sock.end() by the program itself is a failure like any other: it backs off and connects again", async () => {
  await using stage = await linkedStage();
  const bot = stage.bot().start();
  const sock = await bot.open();
  await sock.end(undefined);
  await bot.opened(2);

  expect(bot.closes).toMatchObject([{ disconnect: { cause: "local-end", credentials: "keep" } }]);
  expect(bot.retries).toMatchObject([{ reason: "back-off", delayMs: 20, attempt: 1 }]);
  expect(bot.mostSocketsAlive).toBe(1);
});

test("sock.logout() by the program itself stops for good", async () => {
  await using stage = await linkedStage();
  const { phone } = stage;
  const bot = stage.bot().start();
  const sock = await bot.open();
  await sock.logout();
  await bot.until("The stop", () => bot.supervisor.state.phase === "stopped");

  expect(bot.closes).toMatchObject([{ disconnect: { cause: "local-logout" } }]);
  expect(bot.gaveUp).toMatchObject([{ cause: "local-logout" }]);
  expect(bot.retries).toEqual([]);
  expect(bot.sockets).toHaveLength(1);
  await expect.poll(() => phone.companions).toHaveLength(0);
});

test("sock.logout() with words of the program's own looks like any 401; the login is tried once more, refused, and left", async () => {
  await using stage = await linkedStage();
  const { phone } = stage;
  const bot = stage
    .bot({ policy: { ...QUICK, refused: { max: 5, backoff: constant(200) } } })
    .start();
  const sock = await bot.open();
  await sock.logout("bye");
  await bot.until("Giving up", () => bot.gaveUp.length > 0);

  expect(bot.closes[0]).toMatchObject({ disconnect: { cause: "unverified-401", code: 401 } });
  expect(bot.gaveUp).toMatchObject([{ credentials: "revoked" }]);
  expect(bot.opens).toHaveLength(1);
  expect(bot.sockets).toHaveLength(2);
  expect(phone.companions).toHaveLength(0);
});
