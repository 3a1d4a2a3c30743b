import { readFile } from "node:fs/promises";
import type { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { type Trace, parseTrace, replay } from "@motte/mock-server";
import type { Bot } from "../support/bot.ts";
import { type Stage, stageWithLinkedBot } from "../support/linked-bot.ts";

/** What a client heard, in words that are the same on every server. */
interface Heard {
  readonly words: string[];
  /** Resolves when so much was heard. */
  until(count: number): Promise<void>;
}

function listen(bot: Bot, nameOf: (jid: string) => string): Heard {
  const words: string[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  bot.supervisor.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, message } of messages) {
      const said = wordsOf(message);
      if (said === undefined || key.fromMe) continue;
      const author = key.participant ? `${nameOf(key.participant)} in ` : "";
      words.push(`${author}${nameOf(key.remoteJid ?? "")}: ${said}`);
    }
    for (const { count, resolve } of waiting) if (words.length >= count) resolve();
  });
  return {
    words,
    until: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve });
        if (words.length >= count) resolve();
      }),
  };
}

function wordsOf(message: proto.IMessage | null | undefined): string | undefined {
  const { conversation, extendedTextMessage, reactionMessage } = message ?? {};
  if (reactionMessage)
    return `reacts ${reactionMessage.text} to ${reactionMessage.key?.id?.length}`;
  const quoted = extendedTextMessage?.contextInfo?.quotedMessage?.conversation;
  const text = conversation ?? extendedTextMessage?.text ?? undefined;
  return quoted ? `${text} (about ${quoted})` : text;
}

function namesOn({ server, phone, contact }: Stage): (jid: string) => string {
  return (jid) => {
    const person = [phone, contact].find(({ pn, lid }) => pn === jid || lid === jid);
    return person?.name ?? server.groups.find((group) => group.jid === jid)?.subject ?? "somebody";
  };
}

const HEARD = [
  "Grace: one",
  "Grace: two (about one)",
  "Grace: reacts 👍 to 22",
  "Grace in Crew: all hands",
  "Grace: three",
];

/** A conversation of everything a replay has to carry over, and what the client answered in between. */
async function record(set: Stage & { readonly bot: Bot }): Promise<Trace> {
  const { server, phone, contact, bot, folder } = set;
  const heard = listen(bot, namesOn(set));
  const sock = await bot.open();
  const one = await contact.say(phone, "one");
  await contact.say(phone, "two", { quoted: one });
  await heard.until(2);
  await sock.sendMessage(contact.pn, { text: "an answer" });
  const answer = await contact.receive();
  await contact.react(answer, "👍");
  const group = server.group({ subject: "Crew", members: [phone, contact] });
  const { id } = await contact.say(group, "all hands");
  await contact.delivered(id);
  await contact.say(phone, "three", { addressing: "lid" });
  await heard.until(HEARD.length);
  expect(heard.words).toEqual(HEARD);
  const file = folder.file("trace.ndjson");
  await server.writeTrace(file, { redact: false });
  return parseTrace(await readFile(file, "utf8"));
}

test("another client on another server hears what a recorded one heard, in the same order", async () => {
  await using recorded = await stageWithLinkedBot({}, { seed: "recorded" });
  const trace = await record(recorded);
  await using live = await stageWithLinkedBot({}, { seed: "live" });
  const heard = listen(live.bot, namesOn(live));
  const sock = await live.bot.open();
  expect(live.contact.phoneNumber).not.toBe(recorded.contact.phoneNumber);

  // The reaction is to a message of the client's own: it waits until that was written again.
  const replaying = replay(live.server, trace, { phone: live.phone });
  await heard.until(2);
  const own = await sock.sendMessage(live.contact.pn, { text: "my own answer" });
  const report = await replaying;
  await heard.until(HEARD.length);

  expect(heard.words).toEqual(HEARD);
  expect(report.sent).toHaveLength(HEARD.length);
  const recordedIds = new Set(report.sent.map((each) => each.recorded));
  expect(report.sent.some(({ id }) => recordedIds.has(id))).toBe(false);
  const reaction = await live.server.expect({
    direction: "out",
    message: { kind: "reactionMessage" },
  });
  expect(reaction.plain?.reactionMessage?.key?.id).toBe(own?.key.id);
});

test("a message of the client that does not come is told, with what came instead", async () => {
  await using recorded = await stageWithLinkedBot({}, { seed: "recorded" });
  const trace = await record(recorded);
  await using live = await stageWithLinkedBot({}, { seed: "live" });
  await live.bot.open();

  const silent = replay(live.server, trace, { phone: live.phone, within: 200 });

  await expect(silent).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
});

test("a redacted trace is not replayed", async () => {
  await using set = await stageWithLinkedBot();
  const file = set.folder.file("redacted.ndjson");
  await set.server.writeTrace(file);
  const trace = parseTrace(await readFile(file, "utf8"));

  await expect(replay(set.server, trace, { phone: set.phone })).rejects.toMatchObject({
    code: "MOCK_TRACE_REDACTED",
  });
});

test("answers can come from the trace too, each to the next request of its kind", async () => {
  await using recorded = await stageWithLinkedBot({}, { seed: "recorded" });
  const picture = { tag: "iq", attrs: { xmlns: "w:profile:picture" } };
  for (const [code, text] of [
    [404, "item-not-found"],
    [401, "not-authorized"],
  ] as const) {
    recorded.server.on(picture).error(code, text);
    const asking = (await recorded.bot.open()).profilePictureUrl(recorded.contact.pn);
    await expect(asking).rejects.toThrow(text);
  }
  const file = recorded.folder.file("trace.ndjson");
  await recorded.server.writeTrace(file, { redact: false });
  const trace = parseTrace(await readFile(file, "utf8"));
  await using live = await stageWithLinkedBot({}, { seed: "live" });
  const sock = await live.bot.open();

  await replay(live.server, trace, { phone: live.phone, answers: ["w:profile:picture"] });

  await expect(sock.profilePictureUrl(live.contact.pn)).rejects.toThrow("item-not-found");
  await expect(sock.profilePictureUrl(live.contact.pn)).rejects.toThrow("not-authorized");
  expect(live.server.pendingScripts).toEqual([]);
});
