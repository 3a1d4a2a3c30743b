import { expect, test } from "vitest";
import { credsDigest } from "./creds-digest.ts";
import { supervisedStage } from "./supervised-stage.ts";

test("a save that fails three times is reported each time, tried again, and nothing of the login is lost", async () => {
  await using stage = await supervisedStage();
  const { phone, auth } = stage;
  let saved = "";
  let savedPaired = false;
  let failures = 0;
  const bot = stage.bot({
    timeouts: { drainMs: 20_000 },
    saveCreds: async () => {
      // From the first thing worth saving, which is the pairing.
      if (auth.state.creds.account !== undefined && failures < 3) {
        failures++;
        throw new Error("The disk is full");
      }
      await auth.saveCreds();
      saved = credsDigest(auth);
      savedPaired = auth.state.creds.account !== undefined;
    },
  });
  const savedAtConnect: boolean[] = [];
  bot.supervisor.onStateChange(({ to }) => {
    if (to === "open") savedAtConnect.push(savedPaired);
  });
  bot.start();
  await bot.until("A QR code", () => bot.qrs.length > 0);
  await phone.scan(bot.qrs[0]?.qr ?? "");
  await bot.open();
  await bot.synced();
  await bot.supervisor.stop();

  expect(failures).toBe(3);
  expect(bot.internalErrors).toMatchObject(
    Array.from({ length: 3 }, () => ({
      where: "saveCreds",
      error: { message: "The disk is full" },
    })),
  );
  // The pairing was on disk before the login that followed it.
  expect(savedAtConnect).toEqual([true]);
  expect(saved).toBe(credsDigest(auth));
  expect(bot.qrs).toHaveLength(1);
});

test("a save that never succeeds holds up a connect for drainMs and no longer, and the login goes on in memory", async () => {
  await using stage = await supervisedStage();
  const { phone } = stage;
  const bot = stage.bot({
    timeouts: { drainMs: 200 },
    saveCreds: () => Promise.reject(new Error("The disk is full")),
  });
  bot.start();
  await bot.until("A QR code", () => bot.qrs.length > 0);
  await phone.scan(bot.qrs[0]?.qr ?? "");
  await bot.open();

  expect(bot.opens).toMatchObject([{ generation: 2, isNewLogin: true }]);
  expect(bot.internalErrors).toContainEqual(
    expect.objectContaining({
      where: "drain",
      error: expect.objectContaining({ code: "DEADLINE_EXCEEDED" }),
    }),
  );
});
