import { systemClock } from "@motte/core/clock";
import { expect, test } from "vitest";
import { linkedStage, supervisedStage } from "./supervised-stage.ts";

test("the 515 after a pairing is answered once the credentials are saved, however slow that is, uncounted and without a second QR code", async () => {
  await using stage = await supervisedStage();
  const { phone, auth } = stage;
  const order: string[] = [];
  const bot = stage.bot({
    factory: (make) => {
      order.push("connects");
      return make();
    },
    saveCreds: async () => {
      order.push("begins to save");
      await systemClock.sleep(500);
      await auth.saveCreds();
      order.push("has saved");
    },
  });
  bot.start();
  await bot.until("A QR code", () => bot.qrs.length > 0);
  await phone.scan(bot.qrs[0]?.qr ?? "");
  await bot.open();

  expect(bot.closes.map(({ disconnect }) => disconnect.cause)).toEqual(["restart-required"]);
  expect(bot.retries).toMatchObject([{ reason: "restart", delayMs: 0, attempt: 0 }]);
  expect(bot.opens).toMatchObject([{ generation: 2, isNewLogin: true }]);
  expect(bot.supervisor.metrics()).toMatchObject({ connects: 2, attempt: 0 });
  expect(bot.qrs).toHaveLength(1);
  expect(bot.mostSocketsAlive).toBe(1);
  const second = order.lastIndexOf("connects");
  const begun = order.slice(0, second).filter((step) => step === "begins to save").length;
  expect(begun).toBeGreaterThan(0);
  expect(order.slice(0, second).filter((step) => step === "has saved")).toHaveLength(begun);
});

test("of five 515 in a row three are answered at once, and the others are counted and backed off from", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const bot = stage.bot();
  server.fault("restart-required", { times: 5 });
  bot.start();
  await bot.until("The fifth", () => bot.closes.length === 5);
  await bot.open();

  expect(bot.closes.every(({ disconnect }) => disconnect.cause === "restart-required")).toBe(true);
  expect(bot.retries.map(({ reason, delayMs, attempt }) => [reason, delayMs, attempt])).toEqual([
    ["restart", 0, 0],
    ["restart", 0, 0],
    ["restart", 0, 0],
    ["back-off", 20, 1],
    ["back-off", 20, 2],
  ]);
  expect(bot.mostSocketsAlive).toBe(1);
});
