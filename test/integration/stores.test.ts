import type { MockGroup, MockServer } from "@motte/mock-server";
import { chatStore, createIdentities, groupMetadataCache } from "@motte/store-kit";
import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

/** A linked bot that keeps groups, identities and chats, and what it asked the server about a group. */
async function keepingBot() {
  const identities = createIdentities();
  const groups = groupMetadataCache({ identities });
  const chats = chatStore({ identities });
  const { cachedGroupMetadata } = groups;
  const set = await stageWithLinkedBot({ socket: { cachedGroupMetadata } });
  const { supervisor } = set.bot;
  const sock = await set.bot.open();
  identities.setMe(sock.user);
  groups.fetchWith((jid) => sock.groupMetadata(jid));
  supervisor.ev.process((events) => {
    identities.ingest(events);
    groups.ingest(events);
    chats.ingest(events);
  });
  return { ...set, sock, identities, groups, chats };
}

function questionsAbout(server: MockServer, group: MockGroup): number {
  return server.journal.filter(
    ({ direction, tag, attrs }) =>
      direction === "in" && tag === "iq" && attrs["xmlns"] === "w:g2" && attrs["to"] === group.jid,
  ).length;
}

test("sends to a group ask who is in it once, and again only when nothing told", async () => {
  await using set = await keepingBot();
  const { server, phone, contact, sock, groups } = set;
  const alan = server.contact({ name: "Alan" });
  const group = server.group({ subject: "Chess", members: [phone, contact, alan] });
  const say = async (text: string): Promise<void> => {
    await sock.sendMessage(group.jid, { text });
    await contact.receive({ where: ({ text: heard }) => heard === text });
  };

  await say("one");
  for (let n = 0; n < 10; n++) await sock.sendMessage(group.jid, { text: `more ${n}` });
  const asked = questionsAbout(server, group);
  group.remove(alan);
  await within(
    "The removal",
    new Promise<void>((resolve) => {
      const look = (): void => {
        if (!groups.peek(group.jid)?.participants.some(({ id }) => id === alan.lid)) resolve();
      };
      set.bot.supervisor.ev.process(look);
      look();
    }),
  );
  await say("without Alan");

  expect(asked).toBeLessThanOrEqual(1);
  expect(questionsAbout(server, group)).toBe(asked);
  const served = await groups.cachedGroupMetadata(group.jid);
  expect(served?.participants.map(({ id }) => id).toSorted()).toEqual(
    group.members.map(({ lid }) => lid).toSorted(),
  );
  expect(alan.messages.map(({ text }) => text)).not.toContain("without Alan");
});

test("who writes is known by both forms, and what they wrote is counted", async () => {
  await using set = await keepingBot();
  const { phone, contact, identities, chats } = set;
  const heard = await Promise.all(
    ["one", "two", "three"].map(async (text) => set.bot.hears((await contact.say(phone, text)).id)),
  );

  expect(heard).toHaveLength(3);
  expect(identities.pnOf(contact.lid)).toBe(contact.pn);
  expect(identities.entity(contact.pn)).toBe(contact.lid);
  expect(chats.get(contact.pn)).toMatchObject({ unread: 3, entity: contact.lid });
  expect(identities.pnOf(phone.lid)).toBe(phone.pn);
});
