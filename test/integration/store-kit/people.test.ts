import { systemClock } from "@motte/core/clock";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { type BoundBot, boundBot } from "../../support/bound-bot.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

interface Stage extends AsyncDisposable {
  readonly server: MockServer;
  readonly folder: TemporaryFolder;
}

async function stage(): Promise<Stage> {
  const server = await MockServer.start();
  const folder = await temporaryFolder();
  return {
    server,
    folder,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const theNextSecond = (): Promise<void> => systemClock.sleep(1000 - (systemClock.now() % 1000));

const unread = (bot: BoundBot, jid: string) => bot.parts.chats.get(jid)?.unread ?? 0;

test("a chat that goes on under the LID is one chat, and its receipts find its messages", async () => {
  await using set = await stage();
  const phone = set.server.phone({ name: "Ada" });
  const ben = set.server.contact({ name: "Ben" });
  await using bot = await boundBot(set.server, set.folder);
  const sock = await bot.link(phone);

  await ben.say(phone, "by number", { addressing: "pn" });
  await ben.say(phone, "by LID", { addressing: "lid" });
  await bot.until("Both", () => unread(bot, ben.pn) === 2);
  const sent = await sock.sendMessage(ben.pn, { text: "hello" });
  const received = await ben.receive();
  ben.read(received);
  const key = { remoteJid: ben.lid, fromMe: true, id: sent?.key.id ?? "" };
  const { messages, receipts, chats } = bot.parts;
  await bot.until("The receipt", () => receipts.of(key).some(({ readAtMs }) => readAtMs));

  expect(chats.page({ limit: 9 }).chats.map(({ entity }) => entity)).toEqual([ben.lid]);
  expect(messages.page(ben.lid).messages).toEqual(messages.page(ben.pn).messages);
  expect(messages.page(ben.lid).messages).toHaveLength(3);
  expect(messages.load(key)?.message.extendedTextMessage?.text).toBe("hello");
});

test("two bots of one operator keep their sides of a conversation apart in one file", async () => {
  await using set = await stage();
  const file = set.folder.file("shared.db");
  const adasPhone = set.server.phone({ name: "Ada" });
  const bensPhone = set.server.phone({ name: "Ben" });
  await using ada = await boundBot(set.server, set.folder, { account: "ada", file });
  await using ben = await boundBot(set.server, set.folder, { account: "ben", file });
  const sock = await ada.link(adasPhone);
  await ben.link(bensPhone);

  const sent = await sock.sendMessage(bensPhone.pn, { text: "hello" });
  await ben.until("The message", () => unread(ben, adasPhone.pn) === 1);
  const id = sent?.key.id ?? "";

  expect(unread(ada, bensPhone.pn)).toBe(0);
  const own = { remoteJid: bensPhone.pn, fromMe: true, id };
  const theirs = { remoteJid: adasPhone.pn, fromMe: false, id };
  const textIn = (bot: BoundBot, key: typeof own) =>
    bot.parts.messages.load(key)?.message.extendedTextMessage?.text;
  expect([textIn(ada, own), textIn(ben, theirs)]).toEqual(["hello", "hello"]);
  expect(textIn(ben, own)).toBeUndefined();
});

test("what decrypts the votes on a poll of ours is known under every form of who asks", async () => {
  await using set = await stage();
  const phone = set.server.phone({ name: "Ada" });
  const ben = set.server.contact({ name: "Ben" });
  const group = set.server.group({ subject: "Chess", members: [phone, ben] });
  await using bot = await boundBot(set.server, set.folder);
  const sock = await bot.link(phone);
  const poll = { name: "tea?", values: ["yes", "no"] };
  const sent = await sock.sendMessage(group.jid, { poll });

  const id = sent?.key.id ?? "";
  const secrets = bot.parts.messages.pollSecrets({ remoteJid: group.jid, fromMe: true, id });

  expect(secrets?.secret).toEqual(
    Buffer.from(sent?.message?.messageContextInfo?.messageSecret ?? []),
  );
  expect(secrets?.creator.toSorted()).toEqual([phone.lid, phone.pn].toSorted());
});

test("a number that was handed on is another person's from then on, and nothing of the two is mixed", async () => {
  await using set = await stage();
  const phone = set.server.phone({ name: "Ada" });
  const ben = set.server.contact({ name: "Ben" });
  const cleo = set.server.contact({ name: "Cleo" });
  await using bot = await boundBot(set.server, set.folder);
  const sock = await bot.link(phone);
  await ben.say(phone, "Ben here", { addressing: "pn" });
  await bot.until("Ben", () => unread(bot, ben.lid) === 1);
  const sent = await sock.sendMessage(ben.pn, { text: "hello Ben" });
  await ben.receive();

  // From now on Cleo has Ben's number, and writes under her own LID. The server dates messages in whole seconds, so
  // that within one nothing tells which of the two is the newer word.
  await theNextSecond();
  const match = { tag: "message", attrs: { sender_pn: cleo.pn } };
  const handedOn = { attribute: "sender_pn", jid: ben.pn, match, times: "always" } as const;
  set.server.fault("bad-jid", handedOn);
  await cleo.say(phone, "Cleo here", { addressing: "lid" });
  await bot.until("Cleo", () => unread(bot, cleo.lid) === 1);

  const { identities, messages, chats, contacts } = bot.parts;
  const textsOf = (jid: string) =>
    messages
      .page(jid)
      .messages.map(({ message }) => message.conversation || message.extendedTextMessage?.text);
  expect(identities.pnOf(cleo.lid)).toBe(ben.pn);
  expect(identities.lidOf(ben.pn)).toBe(cleo.lid);
  expect(identities.pnOf(ben.lid)).toBeUndefined();
  expect(identities.same(ben.lid, cleo.lid)).toBe(false);
  expect(textsOf(ben.lid)).toEqual(["hello Ben", "Ben here"]);
  expect(textsOf(cleo.lid)).toEqual(["Cleo here"]);
  expect(textsOf(ben.pn)).toEqual(["Cleo here"]);
  expect([unread(bot, ben.lid), unread(bot, cleo.lid), unread(bot, ben.pn)]).toEqual([1, 1, 1]);
  expect(chats.page({ limit: 9 }).chats).toHaveLength(2);
  expect(contacts.get(ben.lid)?.notify).toBe("Ben");
  expect(contacts.get(ben.pn)?.notify).toBe("Cleo");
  // Nor is what was for Ben ever sent to Cleo, who asks for it under the number it went to.
  const asked = { fromMe: true, id: sent?.key.id ?? "" };
  expect(await messages.getMessage({ ...asked, remoteJid: cleo.lid })).toBeUndefined();
  expect(await messages.getMessage({ ...asked, remoteJid: ben.lid })).toBeDefined();
  expect(bot.errors).toEqual([]);
});
