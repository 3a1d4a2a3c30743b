import { expect, test } from "vitest";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

test("texts are decrypted on both sides and confirmed", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, contact, phone } = set;
  const sock = await bot.open();

  for (const text of ["one", "two", "three"]) {
    const { id } = await contact.say(phone, text);
    await expect(bot.hears(id)).resolves.toMatchObject({ text });
    await contact.delivered(id);
  }
  for (const text of ["un", "deux"]) {
    await sock.sendMessage(contact.pn, { text });
    await expect(contact.receive()).resolves.toMatchObject({ text });
  }
});

test("a conversation starts with a pre-key message and goes on in the session", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, contact, phone } = set;
  const sock = await bot.open();

  await sock.sendMessage(contact.lid, { text: "hello" });
  const first = await contact.receive();
  const { id } = await contact.say(phone, "hello yourself", { addressing: "lid" });
  await bot.hears(id);
  await sock.sendMessage(contact.lid, { text: "how are you?" });
  const second = await contact.receive();

  expect(first).toMatchObject({ text: "hello", kind: "pkmsg" });
  expect(second).toMatchObject({ text: "how are you?", kind: "msg" });
});

test("a message that the contact has lost is sent again from the store, even by a new process", async () => {
  await using set = await stageWithLinkedBot();
  const sock = await set.bot.open();
  await sock.sendMessage(set.contact.pn, { text: "remember me" });
  const { id } = await set.contact.receive();
  await set.bot[Symbol.asyncDispose]();
  const again = await set.startBot();
  await again.open();

  set.contact.askAgain(id);
  const repeated = await set.contact.receive({ where: (message) => message.id === id });

  expect(repeated).toMatchObject({ text: "remember me", kind: "pkmsg" });
});

test("without the store, nobody can answer the contact", async () => {
  await using set = await stageWithLinkedBot({ forgetful: true });
  const sock = await set.bot.open();
  await sock.sendMessage(set.contact.pn, { text: "remember me" });
  const { id } = await set.contact.receive();

  set.contact.askAgain(id);

  await set.server.journal.waitFor(({ attrs }) => attrs["type"] === "retry");
  await expect(
    set.contact.receive({ where: (message) => message.id === id, timeoutMs: 500 }),
  ).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
});
