import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { stage, stageWithLinkedBot } from "../support/linked-bot.ts";

test("a scanned QR links the bot: one QR, one restart that counts for nothing, then open", async () => {
  await using set = await stage();
  const bot = await set.startBot();
  const causes: string[] = [];
  bot.supervisor.onClose(({ disconnect }) => causes.push(disconnect.cause));

  await set.phone.scan(await bot.qr());
  const sock = await bot.open();

  expect(causes).toEqual(["restart-required"]);
  expect(bot.qrs).toHaveLength(1);
  expect(bot.supervisor.state.attempt).toBe(0);
  expect(sock.user?.id).toBe(set.phone.companions[0]?.deviceJid);
  expect(bot.mostSocketsAlive).toBe(1);
  expect(set.server.connections).toHaveLength(1);
});

test("a pairing code links the bot as well", async () => {
  await using set = await stage();
  const bot = await set.startBot();
  await bot.qr();
  const code = await bot.supervisor.sock?.requestPairingCode(set.phone.phoneNumber);

  await set.phone.enterPairingCode(code ?? "");
  const sock = await bot.open();

  expect(sock.user?.id).toBe(set.phone.companions[0]?.deviceJid);
});

test("a bot that was linked opens again from its database, without a QR", async () => {
  await using set = await stageWithLinkedBot();
  await set.bot[Symbol.asyncDispose]();

  const again = await set.startBot();
  await again.open();
  // What changed after the pairing was stored as well: the sync is not done a second time.
  await again.synced();

  expect(again.qrs).toEqual([]);
  const { id } = await set.contact.say(set.phone, "Still you?");
  await expect(again.hears(id)).resolves.toMatchObject({ text: "Still you?" });
});

test("two bots on one login cannot run at the same time", async () => {
  await using set = await stageWithLinkedBot();

  await expect(within("The second bot", set.startBot())).rejects.toMatchObject({
    code: "AUTH_STORE_IN_USE",
  });

  expect(set.server.connections).toHaveLength(1);
});
