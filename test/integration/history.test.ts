import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { Bot, within } from "../support/bot.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CHATS = 50;
const MESSAGES_PER_CHAT = 200;
const TOTAL = CHATS * MESSAGES_PER_CHAT;

test.each(["inline", "file"] as const)(
  "ten thousand messages reach a bot, each once and as it was written (%s)",
  async (transport) => {
    await using server = await MockServer.start();
    await using folder = await temporaryFolder();
    const phone = server.phone({ name: "Ada" });
    phone.history.configure({ transport });
    const people = Array.from({ length: CHATS }, (_, number) =>
      server.contact({ name: `Friend ${number}` }),
    );
    for (const [number, person] of people.entries()) {
      const chat = phone.history.chat(person, { unreadCount: number });
      for (let count = 0; count < MESSAGES_PER_CHAT; count++) {
        const at = 1_700_000_000_000 + count * 1_000;
        chat.message({ text: `${number}/${count}`, fromMe: count % 2 === 0, at });
      }
    }
    await using bot = await Bot.start(server, { folder });
    const texts: string[] = [];
    const chats = new Set<string>();
    const names = new Map<string, string>();
    const complete = new Promise<void>((resolve) => {
      bot.supervisor.ev.on("messaging-history.set", (history) => {
        for (const { message } of history.messages) texts.push(message?.conversation ?? "");
        for (const { id } of history.chats) if (id) chats.add(id);
        for (const { id, notify } of history.contacts) if (notify) names.set(id, notify);
        if (texts.length >= TOTAL) resolve();
      });
    });

    await phone.scan(await bot.qr());
    await bot.open();
    await within("The history", complete);

    expect(texts).toHaveLength(TOTAL);
    expect(new Set(texts).size).toBe(TOTAL);
    expect(chats).toEqual(new Set(people.map(({ pn }) => pn)));
    expect(people.map(({ pn }) => names.get(pn))).toEqual(people.map(({ name }) => name));
    // The history is behind it: the bot goes on as usual.
    const [first] = people;
    const said = await first?.say(phone, "and now?");
    await expect(bot.hears(said?.id ?? "")).resolves.toMatchObject({ text: "and now?" });
  },
);
