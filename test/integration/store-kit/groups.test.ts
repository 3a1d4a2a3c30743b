import { type WASocket, jidDecode } from "@whiskeysockets/baileys";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { boundBot, questionsAbout } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

async function chessClub() {
  const server = await MockServer.start();
  const folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const cleo = server.contact({ name: "Cleo" });
  const group = server.group({ subject: "Chess", members: [phone, ben, cleo] });
  const bot = await boundBot(server, folder);
  const sock = await bot.link(phone);
  return {
    server,
    phone,
    ben,
    cleo,
    group,
    bot,
    sock,
    [Symbol.asyncDispose]: async () => {
      await bot[Symbol.asyncDispose]();
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("a thousand sends to one group ask at most once who is in it", async () => {
  await using set = await chessClub();
  const pair = set.server.group({ subject: "Go", members: [set.phone, set.ben] });
  for (let n = 0; n < 1000; n += 50) {
    const texts = Array.from({ length: 50 }, (_, index) => `${n + index}`);
    await Promise.all(texts.map((text) => set.sock.sendMessage(pair.jid, { text })));
    await beginSenderKey(set.sock, pair.jid);
  }
  await set.ben.receive({ where: ({ text }) => text === "999", timeoutMs: 60_000 });

  expect(questionsAbout(set.server, pair)).toBeLessThanOrEqual(1);
  expect(set.ben.messages).toHaveLength(1000);
}, 400_000);

/**
 * Has the next send begin a new sender key. In the one it has, Baileys keeps a key for each message it sent (group_cipher.js:
 * encrypt skips one each time), and reads and writes all of them for each message it sends.
 */
async function beginSenderKey({ authState, user: me }: WASocket, group: string): Promise<void> {
  const { user, device = 0 } = jidDecode(me?.lid) ?? {};
  await authState.keys.set({
    "sender-key": { [`${group}::${user}_1::${device}`]: null },
    "sender-key-memory": { [group]: null },
  });
}

test("whoever came gets the next message, and whoever left or was removed does not", async () => {
  await using set = await chessClub();
  const { server, group, bot, sock, ben, cleo } = set;
  const dora = server.contact({ name: "Dora" });
  const { groups } = bot.parts;
  const told = (lids: readonly string[]) =>
    bot.until("The change", () => {
      const members = groups.peek(group.jid)?.participants.map(({ id }) => id) ?? lids;
      return members.toSorted().join() === lids.toSorted().join();
    });
  const say = async (text: string) => {
    await sock.sendMessage(group.jid, { text });
    await ben.receive({ where: (message) => message.text === text });
  };
  const members = () => group.members.map(({ lid }) => lid);

  await say("one");
  group.add(dora);
  await told(members());
  await say("two");
  group.promote(ben);
  group.remove(cleo);
  await told(members());
  await say("three");
  group.leave(dora);
  await told(members());
  await say("four");

  const heard = (person: typeof ben) => person.messages.map(({ text }) => text);
  expect(heard(dora)).toEqual(["two", "three"]);
  expect(heard(cleo)).toEqual(["one", "two"]);
  const served = await groups.cachedGroupMetadata(group.jid);
  expect(served?.participants.map(({ id }) => id).toSorted()).toEqual(members().toSorted());
});

test("while the server says 429, sends go on with what is known", async () => {
  await using set = await chessClub();
  const { server, group, bot, sock, ben } = set;
  await sock.sendMessage(group.jid, { text: "before" });
  await ben.receive();
  const asked = questionsAbout(server, group);
  const match = { tag: "iq", attrs: { xmlns: "w:g2" } };
  server.fault("rate-overlimit", { match, times: "always" });
  // What is known is old now, and has to be confirmed before it is believed again.
  bot.parts.groups.ingest({ "groups.update": [{ id: group.jid, subject: "Chess club" }] });
  for (let n = 0; n < 20; n++) await sock.sendMessage(group.jid, { text: `${n}` });
  await ben.receive({ where: ({ text }) => text === "19" });

  expect(questionsAbout(server, group) - asked).toBeLessThanOrEqual(2);
});

test("a bot that is removed from a group while it sends goes on with the others", async () => {
  await using set = await chessClub();
  const { server, bot, sock, ben, phone } = set;
  const group = server.group({ subject: "Go", members: [ben, phone] });
  const other = set.group;
  await sock.sendMessage(group.jid, { text: "before" });
  await ben.receive();
  const sending = sock.sendMessage(group.jid, { text: "too late" }).catch(() => {});
  group.remove(phone);
  await sending;
  await bot.until("The removal", () => bot.parts.groups.peek(group.jid) === undefined);
  await sock.sendMessage(other.jid, { text: "still here" });
  await ben.receive({ where: ({ text }) => text === "still here" });
  const asked = questionsAbout(server, group);
  expect(await bot.parts.groups.cachedGroupMetadata(group.jid)).toBeUndefined();
  expect(questionsAbout(server, group)).toBe(asked);
});
