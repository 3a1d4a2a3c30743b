import { CleanupStack } from "@motte/core/cleanup";
import { ManualClock } from "@motte/core/manual-clock";
import { MockServer } from "@motte/mock-server";
import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { stageWithLinkedBot } from "../support/linked-bot.ts";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

const HOUR_MS = 3_600_000;

/** Three people, each with a bot on a login of its own. */
async function threePeople() {
  const cleanup = new CleanupStack();
  try {
    const server = cleanup.use(await MockServer.start({ strict: true }));
    const phones = ["Ada", "Ben", "Cy"].map((name) => server.phone({ name }));
    const bots: AnotherBot[] = [];
    for (const phone of phones) bots.push(cleanup.use(await anotherBot(server, phone)));
    const [ada, ben, cy] = bots;
    const [adasPhone, bensPhone, cysPhone] = phones;
    if (!ada || !ben || !cy || !adasPhone || !bensPhone || !cysPhone) throw new Error("three bots");
    return {
      server,
      ada,
      ben,
      cy,
      adasPhone,
      bensPhone,
      cysPhone,
      [Symbol.asyncDispose]: () => cleanup.dispose(),
    };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

/** The message with this id, as a bot got it. */
function arrival(bot: AnotherBot, sent: WAMessage | undefined): Promise<WAMessage> {
  return bot.hears("messages.upsert", ({ messages }) =>
    messages.find(({ key, message }) => key.id === sent?.key.id && message),
  );
}

function textOf(message: proto.IMessage | null | undefined): string | null | undefined {
  return message?.conversation ?? message?.extendedTextMessage?.text;
}

test("texts are answered, edited, reacted to, taken back and passed on among three bots", async () => {
  await using set = await threePeople();
  const { ada, ben, cy, adasPhone, bensPhone, cysPhone } = set;

  const question = await ada.sock.sendMessage(bensPhone.pn, { text: "lunch?" });
  const heard = await arrival(ben, question);
  const answer = await ben.sock.sendMessage(adasPhone.pn, { text: "noon" }, { quoted: heard });
  const quoted = await arrival(ada, answer);
  if (answer) await ben.sock.sendMessage(adasPhone.pn, { edit: answer.key, text: "one" });
  const edited = await ada.hears("messages.update", (updates) =>
    updates.find(({ key, update }) => key.id === answer?.key.id && update.message),
  );
  await ada.sock.sendMessage(bensPhone.pn, { react: { text: "👍", key: quoted.key } });
  const reaction = await ben.hears("messages.reaction", ([first]) => first);
  await ada.sock.sendMessage(bensPhone.pn, { react: { text: "", key: quoted.key } });
  const unreaction = await ben.hears("messages.reaction", (all) =>
    all.find(({ reaction: { text } }) => !text),
  );
  const forwarded = await ben.sock.sendMessage(cysPhone.pn, { forward: heard });
  const passedOn = await arrival(cy, forwarded);
  if (question) await ada.sock.sendMessage(bensPhone.pn, { delete: question.key });
  const gone = await ben.hears("messages.update", (updates) =>
    updates.find(({ key, update }) => key.id === question?.key.id && update.message === null),
  );

  expect(quoted.message?.extendedTextMessage?.contextInfo).toMatchObject({
    stanzaId: question?.key.id,
  });
  expect(textOf(edited.update.message?.editedMessage?.message)).toBe("one");
  expect(reaction).toMatchObject({ key: { id: answer?.key.id }, reaction: { text: "👍" } });
  expect(unreaction.key.id).toBe(answer?.key.id);
  expect(textOf(passedOn.message)).toBe("lunch?");
  expect(gone.update.messageStubType).toBeDefined();
});

test("polls, places and contact cards arrive whole", async () => {
  await using set = await threePeople();
  const { ada, ben, bensPhone } = set;

  const poll = await ada.sock.sendMessage(bensPhone.pn, {
    poll: { name: "Where?", values: ["park", "lake"], selectableCount: 1 },
  });
  const place = await ada.sock.sendMessage(bensPhone.pn, {
    location: { degreesLatitude: 47, degreesLongitude: 19, name: "Lake" },
  });
  const vcard = "BEGIN:VCARD\nVERSION:3.0\nFN:Cy\nEND:VCARD";
  const card = await ada.sock.sendMessage(bensPhone.pn, {
    contacts: { displayName: "Cy", contacts: [{ vcard }] },
  });

  const [pollThere, placeThere, cardThere] = [
    await arrival(ben, poll),
    await arrival(ben, place),
    await arrival(ben, card),
  ];
  expect(pollThere.message?.pollCreationMessageV3?.options).toMatchObject([
    { optionName: "park" },
    { optionName: "lake" },
  ]);
  expect(pollThere.message?.messageContextInfo?.messageSecret).toHaveLength(32);
  expect(placeThere.message?.locationMessage).toMatchObject({ degreesLatitude: 47, name: "Lake" });
  expect(cardThere.message?.contactMessage?.vcard).toBe(vcard);
});

test("a note to oneself, by number and by LID, reaches the phone and the other linked client", async () => {
  await using server = await MockServer.start({ strict: true });
  const phone = server.phone({ name: "Ada" });
  await using desk = await anotherBot(server, phone);
  await using travel = await anotherBot(server, phone);

  for (const jid of [phone.pn, phone.lid]) {
    const note = await desk.sock.sendMessage(jid, { text: `note to ${jid}` });
    const copy = await arrival(travel, note);

    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: jid });
    expect(textOf(copy.message)).toBe(`note to ${jid}`);
  }
  expect(phone.sentMessages.map(({ text }) => text)).toEqual([
    `note to ${phone.pn}`,
    `note to ${phone.lid}`,
  ]);
});

test("in a group everybody reads everybody, also after somebody has left and somebody has come", async () => {
  await using set = await threePeople();
  const { server, ada, ben, cy, adasPhone, bensPhone, cysPhone } = set;
  const group = server.group({ subject: "Trip", members: [adasPhone, bensPhone] });

  const first = await ada.sock.sendMessage(group.jid, { text: "just us" });
  await arrival(ben, first);
  await ada.sock.groupParticipantsUpdate(group.jid, [cysPhone.lid], "add");
  await cy.hears("groups.upsert", (groups) => groups.find(({ id }) => id === group.jid));
  const second = await ada.sock.sendMessage(group.jid, { text: "all three" });
  const [atBen, atCy] = [await arrival(ben, second), await arrival(cy, second)];
  await ada.sock.groupParticipantsUpdate(group.jid, [bensPhone.lid], "remove");
  await ben.hears("group-participants.update", ({ action }) =>
    action === "remove" ? action : undefined,
  );
  const third = await ada.sock.sendMessage(group.jid, { text: "without Ben" });
  await arrival(cy, third);
  const answer = await cy.sock.sendMessage(group.jid, { text: "fine" });
  await arrival(ada, answer);

  expect([textOf(atBen.message), textOf(atCy.message)]).toEqual(["all three", "all three"]);
  expect(ben.bot.heard.map(({ text }) => text)).toEqual(["just us", "all three"]);
  expect(cy.bot.heard.map(({ text }) => text)).toEqual(["all three", "without Ben"]);
});

test("what was written while a bot was away for hours comes in order, with the time it was written", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  await using set = await stageWithLinkedBot({}, { clock });
  const { server, phone, contact, bot } = set;
  const group = server.group({ subject: "Trip", members: [phone, contact] });
  await bot[Symbol.asyncDispose]();
  const leftAt = clock.now();

  const ids: string[] = [];
  for (let hour = 0; hour < 6; hour++) {
    const { id } = await contact.say(hour % 2 === 0 ? phone : group, `hour ${hour}`);
    ids.push(id);
    await clock.advance(HOUR_MS);
  }
  const back = await set.startBot();
  const times = new Map<string, number>();
  back.supervisor.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, messageTimestamp } of messages) {
      times.set(key.id ?? "", Number(messageTimestamp) * 1000 - leftAt);
    }
  });
  await Promise.all(ids.map((id) => back.hears(id)));

  expect(back.heard.map(({ id }) => id)).toEqual(ids);
  expect(back.heard.map(({ kind }) => kind)).toEqual(ids.map(() => "append"));
  expect(ids.map((id) => times.get(id))).toEqual([0, 1, 2, 3, 4, 5].map((hour) => hour * HOUR_MS));
});
