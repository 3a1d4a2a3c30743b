import { systemClock } from "@motte/core/clock";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CHATS = 20;
const PER_CHAT = 100;

test("a history is stored whole while people go on writing, and does not touch what they wrote", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const people = Array.from({ length: CHATS }, (_, n) => server.contact({ name: `Friend ${n}` }));
  for (const person of people) {
    const chat = phone.history.chat(person, { unreadCount: 0 });
    for (let n = 0; n < PER_CHAT; n++) {
      // Younger than the life of a message.
      chat.message({ text: `past ${n}`, at: systemClock.now() - 3_600_000 + n * 1000 });
    }
  }
  await using bot = await boundBot(server, folder);
  await bot.link(phone);
  const [first] = people;
  if (first === undefined) throw new Error("There is nobody");
  for (let n = 0; n < 20; n++) await first.say(phone, `now ${n}`);

  const { messages, chats, contacts } = bot.parts;
  await bot.until("What is said now", () => chats.get(first.pn)?.unread === 20);
  await bot.until("The history", () => bot.binding.stats().history.total >= CHATS * PER_CHAT);
  expect(await bot.binding.drain()).toEqual({ drained: true });

  const stored = (jid: string) => messages.page(jid, { limit: 1000 }).messages.length;
  expect(people.map(({ pn }) => stored(pn))).toEqual([
    PER_CHAT + 20,
    ...Array.from({ length: CHATS - 1 }, () => PER_CHAT),
  ]);
  expect(chats.get(first.pn)?.unread).toBe(20);
  expect(people.map(({ pn }) => contacts.get(pn)?.notify)).toEqual(people.map(({ name }) => name));
  expect(bot.binding.stats()).toMatchObject({
    bytes: { live: 0, decoded: 0, packed: 0, spooled: 0 },
    liveWaiting: 0,
  });
  expect(bot.errors).toEqual([]);
});
