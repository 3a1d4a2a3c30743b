import { CleanupStack } from "@motte/core/cleanup";
import type { MockServer, Phone } from "@motte/mock-server";
import type { WAMessage } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adaAndBen } from "../support/ada-and-ben.ts";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

const cleanup = new CleanupStack();
let server: MockServer;
let adasPhone: Phone;
let bensPhone: Phone;
let ada: AnotherBot;
/** Another device of the same account. */
let adaAgain: AnotherBot;
let ben: AnotherBot;

beforeAll(async () => {
  ({ server, adasPhone, bensPhone, ada, ben } = cleanup.use(await adaAndBen()));
  adaAgain = cleanup.use(await anotherBot(server, adasPhone));
});

afterAll(() => cleanup.dispose());

function textsHeard(bot: AnotherBot): readonly string[] {
  return bot
    .heard("messages.upsert")
    .flatMap(({ messages }) => messages.map(textOf))
    .filter((text) => text !== undefined);
}

function textOf({ message }: WAMessage): string | undefined {
  return message?.conversation ?? message?.extendedTextMessage?.text ?? undefined;
}

function arrival(bot: AnotherBot, text: string): Promise<WAMessage> {
  return bot.hears("messages.upsert", ({ messages }) =>
    messages.find((each) => textOf(each) === text),
  );
}

/** How often privacy settings were asked for. */
function privacyQueries(): number {
  return server.journal.filter(
    ({ direction, attrs }) =>
      direction === "in" && attrs["xmlns"] === "privacy" && attrs["type"] === "get",
  ).length;
}

test("what a blocked person writes never arrives, at no device, and the other device hears of the block", async () => {
  await ada.sock.updateBlockStatus(bensPhone.pn, "block");
  const added = await adaAgain.hears("blocklist.update", (each) => each);
  const lists = await Promise.all([ada, adaAgain].map(({ sock }) => sock.fetchBlocklist()));
  await ben.sock.sendMessage(adasPhone.pn, { text: "can you hear me?" });
  await ben.sock.sendPresenceUpdate("composing", adasPhone.pn);
  await ben.sock.fetchBlocklist();
  await ada.sock.updateBlockStatus(bensPhone.lid, "unblock");
  const removed = await adaAgain.hears("blocklist.update", (each) =>
    each.type === "remove" ? each : undefined,
  );
  await ben.sock.sendMessage(adasPhone.pn, { text: "and now?" });
  await Promise.all([ada, adaAgain].map((bot) => arrival(bot, "and now?")));

  expect(added).toEqual({ blocklist: [bensPhone.lid], type: "add" });
  expect(removed).toEqual({ blocklist: [bensPhone.lid], type: "remove" });
  expect(lists).toEqual([[bensPhone.lid], [bensPhone.lid]]);
  expect(await ada.sock.fetchBlocklist()).toEqual([]);
  for (const bot of [ada, adaAgain]) {
    expect(textsHeard(bot)).not.toContain("can you hear me?");
    expect(bot.heard("presence.update")).toEqual([]);
  }
  expect(ada.heard("blocklist.update")).toEqual([]);
});

test("what a blocked person writes to a group that both are in does arrive", async () => {
  const { id } = await ada.sock.groupCreate("Both of us", [bensPhone.pn]);
  await ada.sock.updateBlockStatus(bensPhone.pn, "block");

  await ben.sock.sendMessage(id, { text: "to the group" });
  const { key } = await arrival(ada, "to the group");
  await ada.sock.updateBlockStatus(bensPhone.pn, "unblock");

  expect(key).toMatchObject({ remoteJid: id, participant: bensPhone.lid });
});

test("privacy settings are asked for when forced, and else only once", async () => {
  await ada.sock.fetchPrivacySettings();
  const before = privacyQueries();
  const counts: number[] = [];

  for (const force of [false, true, true, false]) {
    await ada.sock.fetchPrivacySettings(force);
    counts.push(privacyQueries() - before);
  }

  expect(counts).toEqual([0, 1, 2, 2]);
});

test("every privacy setting is changed by its own method, for all devices of the account", async () => {
  const { sock } = ada;
  await sock.updateLastSeenPrivacy("contacts");
  await sock.updateOnlinePrivacy("match_last_seen");
  await sock.updateProfilePicturePrivacy("none");
  await sock.updateStatusPrivacy("contacts");
  await sock.updateReadReceiptsPrivacy("none");
  await sock.updateGroupsAddPrivacy("contacts");
  await sock.updateMessagesPrivacy("contacts");
  await sock.updateCallPrivacy("known");
  const changed = await adaAgain.sock.fetchPrivacySettings(true);
  await sock.updateOnlinePrivacy("all");
  await sock.updateLastSeenPrivacy("all");
  await sock.updateProfilePicturePrivacy("all");
  await sock.updateStatusPrivacy("all");

  expect(changed).toMatchObject({
    last: "contacts",
    online: "match_last_seen",
    profile: "none",
    status: "contacts",
    readreceipts: "none",
    groupadd: "contacts",
    messages: "contacts",
    calladd: "known",
  });
  expect(await ben.sock.fetchPrivacySettings(true)).toMatchObject({
    last: "all",
    profile: "all",
    readreceipts: "all",
  });
});

test("without read receipts the sender does not hear what was read, but the other device does", async () => {
  await ada.sock.updateReadReceiptsPrivacy("none");
  await ada.sock.fetchPrivacySettings(true);
  const sent = await ben.sock.sendMessage(adasPhone.pn, { text: "read me" });
  const { key } = await arrival(ada, "read me");
  await arrival(adaAgain, "read me");

  await ada.sock.readMessages([key]);
  await server.journal.waitFor(
    ({ tag, direction, attrs }) =>
      tag === "receipt" && direction === "out" && attrs["type"] === "read-self",
  );
  await ada.sock.updateReadReceiptsPrivacy("all");
  await ada.sock.fetchPrivacySettings(true);
  const after = await ben.sock.sendMessage(adasPhone.pn, { text: "read me too" });
  await ada.sock.readMessages([(await arrival(ada, "read me too")).key]);
  await server.journal.waitFor(
    ({ tag, direction, attrs }) =>
      tag === "receipt" &&
      direction === "out" &&
      attrs["type"] === "read" &&
      attrs["id"] === after?.key.id,
  );

  const readReceipts = server.journal.filter(
    ({ tag, direction, attrs }) =>
      tag === "receipt" &&
      direction === "out" &&
      attrs["type"] === "read" &&
      attrs["id"] === sent?.key.id,
  );
  expect(readReceipts).toEqual([]);
});

test("the text of a person is seen by others, unless it is hidden", async () => {
  await ada.sock.updateProfileStatus("at the sea");
  const shown = await ben.sock.fetchStatus(adasPhone.pn);
  await ada.sock.updateStatusPrivacy("none");
  const hidden = await ben.sock.fetchStatus(adasPhone.pn);
  const own = await adaAgain.sock.fetchStatus(adasPhone.pn);
  await ada.sock.updateStatusPrivacy("all");

  expect(shown).toEqual([
    { id: adasPhone.pn, status: { status: "at the sea", setAt: expect.any(Date) } },
  ]);
  // Baileys (USyncStatusProtocol.js) makes an empty text of a refusal.
  expect(hidden).toMatchObject([{ status: { status: "" } }]);
  expect(own).toMatchObject([{ status: { status: "at the sea" } }]);
});

test("how long messages last is told to the other device and shown to whoever asks", async () => {
  await ada.sock.updateDefaultDisappearingMode(86_400);
  const settings = await adaAgain.hears(
    "creds.update",
    ({ accountSettings }) => accountSettings?.defaultDisappearingMode,
  );

  expect(settings).toMatchObject({ ephemeralExpiration: 86_400 });
  expect(await ben.sock.fetchDisappearingDuration(adasPhone.pn, bensPhone.pn)).toEqual([
    { id: adasPhone.pn, disappearing_mode: { duration: 86_400, setAt: expect.any(Date) } },
    { id: bensPhone.pn, disappearing_mode: { duration: 0, setAt: new Date(0) } },
  ]);
});

test("numbers are on WhatsApp when somebody has them", async () => {
  const nobody = "15559999999";

  const found = await ada.sock.onWhatsApp(`+${bensPhone.phoneNumber}`, nobody, adasPhone.pn);

  expect(found).toEqual([
    { jid: bensPhone.pn, exists: true },
    { jid: adasPhone.pn, exists: true },
  ]);
});

test("a new name reaches the other device, and those who are written to", async () => {
  await ada.sock.updateProfileName("Ada the Second");
  const me = await adaAgain.hears("creds.update", (update) =>
    update.me?.name === "Ada the Second" ? update.me : undefined,
  );
  await ada.sock.sendMessage(bensPhone.pn, { text: "guess who" });
  const { pushName } = await arrival(ben, "guess who");

  expect(me.id).toBe(adaAgain.sock.user?.id);
  expect(pushName).toBe("Ada the Second");
});

test("whoever is on nobody's list to be added to groups is invited instead", async () => {
  // Not among the values of Baileys' type, but of WhatsApp's.
  adasPhone.profile.setPrivacy("groupadd", "none");

  const { id } = await ben.sock.groupCreate("Surprise", []);
  const [answer] = await ben.sock.groupParticipantsUpdate(id, [adasPhone.pn], "add");
  await ada.sock.updateGroupsAddPrivacy("all");
  const [added] = await ben.sock.groupParticipantsUpdate(id, [adasPhone.pn], "add");

  expect([answer?.status, added?.status]).toEqual(["403", "200"]);
});
