import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import type { Chat } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

async function twoDevices() {
  const cleanup = new CleanupStack();
  try {
    const server = cleanup.use(await MockServer.start());
    const phone = server.phone({ name: "Ada" });
    const contact = server.contact({ name: "Grace" });
    const one = cleanup.use(await anotherBot(server, phone));
    const other = cleanup.use(await anotherBot(server, phone));
    return { server, phone, contact, one, other, [Symbol.asyncDispose]: () => cleanup.dispose() };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

/** The first change of a chat that has this field. */
function chatChange(bot: AnotherBot, jid: string, field: keyof Chat): Promise<Partial<Chat>> {
  return bot.hears("chats.update", (chats) =>
    chats.find((chat) => chat.id === jid && field in chat),
  );
}

test("what one device of an account changes, the other and the phone see, and the other way round", async () => {
  await using set = await twoDevices();
  const { one, other, phone, contact } = set;
  const chat = contact.pn;
  const at = 1_700_000_000;
  const lastMessages = [
    { key: { remoteJid: chat, fromMe: false, id: "M1" }, messageTimestamp: at },
  ];

  await one.sock.chatModify({ archive: true, lastMessages }, chat);
  await one.sock.chatModify({ pin: true }, chat);
  expect(await chatChange(other, chat, "archived")).toMatchObject({ archived: true });
  expect((await chatChange(other, chat, "pinned")).pinned).toBeGreaterThan(at);

  await other.sock.chatModify({ mute: 1_900_000_000_000 }, chat);
  await other.sock.chatModify({ markRead: false, lastMessages }, chat);
  await other.sock.star(chat, [{ id: "M1", fromMe: false }], true);
  expect(Number((await chatChange(one, chat, "muteEndTime")).muteEndTime)).toBe(1_900_000_000_000);
  expect(await chatChange(one, chat, "unreadCount")).toMatchObject({ unreadCount: -1 });
  const starred = await one.hears("messages.update", (updates) =>
    updates.find(({ update }) => update.starred),
  );
  expect(starred.key).toMatchObject({ remoteJid: chat, id: "M1", fromMe: false });

  const { appState } = phone;
  expect(appState.get("archive", chat)?.archiveChatAction?.archived).toBe(true);
  expect(appState.get("pin_v1", chat)?.pinAction?.pinned).toBe(true);
  expect(appState.get("mute", chat)?.muteAction?.muted).toBe(true);
  expect(appState.get("markChatAsRead", chat)?.markChatAsReadAction?.read).toBe(false);
  expect(appState.get("star", chat, "M1", "0", "0")?.starAction?.starred).toBe(true);
  expect(appState.mutations.map(({ device }) => device)).toEqual([1, 1, 2, 2, 2]);
  expect(appState.flaws).toEqual([]);

  const friend = set.server.contact({ name: "Joan" });
  appState.archive(friend);
  appState.deleteChat(contact);
  for (const bot of [one, other]) {
    expect(await chatChange(bot, friend.pn, "archived")).toMatchObject({ archived: true });
    expect(await bot.hears("chats.delete", (jids) => jids.find((jid) => jid === chat))).toBe(chat);
  }
});

test("what was set on the phone before a bot was linked is what the bot starts with", async () => {
  await using server = await MockServer.start();
  const phone = server.phone({ name: "Ada" });
  const contact = server.contact({ name: "Grace" });
  phone.appState.setPushName("Ada's bot");
  phone.appState.setLocale("en_GB");
  phone.history.chat(contact).message("hello");
  phone.appState.pin(contact);
  phone.appState.setLabel("1", { name: "Friends" });

  await using linked = await anotherBot(server, phone);

  // Baileys (socket.js CB:success) may overwrite a name that came before "open"; any word of the phone has it too.
  await phone.appState.shareKeys();
  await expect(linked.hears("creds.update", ({ me }) => me?.name)).resolves.toBe("Ada's bot");
  await expect(linked.hears("settings.update", ({ value }) => value)).resolves.toBe("en_GB");
  const label = await linked.hears("labels.edit", (edited) => edited);
  expect(label).toMatchObject({ id: "1", name: "Friends" });
});
