import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type WorldSnapshot } from "@motte/mock-server";
import { expect, test } from "vitest";
import { Bot } from "../support/bot.ts";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

/** As it comes back from a file. */
function fromFile(snapshot: WorldSnapshot): WorldSnapshot {
  const text = JSON.stringify(snapshot);
  const parsed: WorldSnapshot = JSON.parse(text);
  return parsed;
}

/** How many one-time keys the server has of linked devices. */
function preKeysOf({ parts }: WorldSnapshot): number {
  return listsNamed("preKeys", parts).reduce((sum, keys) => sum + keys.length, 0);
}

/** Every list of this name in something that came out of JSON. */
function listsNamed(name: string, value: unknown): readonly unknown[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === name && Array.isArray(each) ? [each] : listsNamed(name, each),
  );
}

test("a bot goes on with another server that was started from a snapshot", async () => {
  await using cleanup = new CleanupStack();
  const set = cleanup.use(await stageWithLinkedBot());
  const { bot, phone, contact } = set;
  const group = set.server.group({ subject: "Trip", members: [contact, phone] });
  const sock = await bot.open();
  await bot.hears((await contact.say(phone, "before")).id);
  await sock.sendMessage(contact.pn, { text: "before" });
  await contact.receive();
  await bot.hears((await contact.say(group, "before, all")).id);
  await sock.sendMessage(group.jid, { text: "before, all" });
  await contact.receive();
  await bot[Symbol.asyncDispose]();
  const waiting = await contact.say(phone, "while you were away");
  const snapshot = await set.server.snapshot();
  await set.server.close();

  const server = cleanup.use(await MockServer.start({ restore: fromFile(snapshot) }));
  const again = cleanup.use(await Bot.start(server, { folder: set.folder }));
  const grace = server.contact({ name: "Grace" });
  const ada = server.phone({ name: "Ada" });
  const [trip] = server.groups;
  if (trip === undefined) throw new Error("The group is gone");

  await again.hears(waiting.id);
  const socket = await again.open();
  await again.hears((await grace.say(ada, "after")).id);
  await socket.sendMessage(grace.pn, { text: "after" });
  const direct = await grace.receive({ where: ({ text }) => text === "after" });
  await again.hears((await grace.say(trip, "after, all")).id);
  await socket.sendMessage(trip.jid, { text: "after, all" });
  const shared = await grace.receive({ where: ({ text }) => text === "after, all" });

  // The contact goes on in the session it had, and can read with the bot's old sender key: nobody asks for keys.
  expect(preKeysOf(await server.snapshot())).toBe(preKeysOf(snapshot));
  expect([direct.text, shared.kind]).toEqual(["after", "skmsg"]);
  expect(again.heard.map(({ text }) => text)).toEqual([
    "while you were away",
    "after",
    "after, all",
  ]);
  expect(grace.messages.map(({ text }) => text)).toEqual([
    "before",
    "before, all",
    "after",
    "after, all",
  ]);
  expect(server.journal.filter(({ attrs }) => attrs["type"] === "retry")).toEqual([]);
  expect(again.qrs).toEqual([]);
  expect([trip.subject, trip.members.map(({ name }) => name)]).toEqual(["Trip", ["Grace", "Ada"]]);
});

test("a bot that is there when its server forgets what happened comes back, and both sides talk again", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, phone, contact } = set;
  const sock = await bot.open();
  await bot.hears((await contact.say(phone, "one")).id);
  await sock.sendMessage(contact.pn, { text: "un" });
  await contact.receive();
  const snapshot = await server.snapshot();
  const group = server.group({ subject: "Never was", members: [contact, phone] });
  for (const text of ["two", "three"]) {
    await bot.hears((await contact.say(phone, text)).id);
    await sock.sendMessage(contact.pn, { text: `${text} in return` });
    await contact.receive();
  }
  const { generation } = bot.supervisor.state;

  await server.restore(fromFile(snapshot), { newIds: true });

  expect(contact.messages.map(({ text }) => text)).toEqual(["un"]);
  expect(server.groups.map(({ jid }) => jid)).not.toContain(group.jid);
  const { id } = await contact.say(phone, "four");
  await expect(bot.hears(id)).resolves.toMatchObject({ text: "four" });
  const back = await bot.open();
  await back.sendMessage(contact.pn, { text: "quatre" });
  await expect(contact.receive()).resolves.toMatchObject({ text: "quatre" });
  expect(bot.supervisor.state.generation).toBeGreaterThan(generation);
  expect(bot.qrs).toHaveLength(1);
});

test("a bot that was linked after the snapshot has to be linked again", async () => {
  await using set = await stageWithLinkedBot();
  const { server, phone, bot } = set;
  await using other = await MockServer.start({ seed: server.seed });
  other.phone({ name: "Ada" });
  const before = await other.snapshot();
  const held = new Promise<string>((resolve) =>
    bot.supervisor.onHold(({ cause }) => resolve(cause)),
  );

  await server.restore(before);

  await expect(held).resolves.toMatch(/logged-out|device-removed/);
  expect(phone.companions).toEqual([]);
});
