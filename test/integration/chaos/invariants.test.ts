import type { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { type Bot } from "../../support/bot.ts";
import { stageWithLinkedBot } from "../../support/linked-bot.ts";

// What a chaos that picks only this does to a bot is nothing.
const HARMLESS = { faults: 1, weights: { "skewed-time": 1 } };
const QUICKLY = { timeoutMs: 300 };

test("a message the bot did not deal with breaks nothing-lost", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos(HARMLESS);
  const { id } = await set.contact.say(set.phone, "Hello");
  await set.bot.hears(id);

  await expect(chaos.settle({ ...QUICKLY, heard: () => [] })).rejects.toMatchObject({
    code: "MOCK_CHAOS_BROKE",
    message: expect.stringContaining(`nothing-lost: the bot never heard message ${id}`),
  });
});

test("a message the bot dealt with twice breaks no-duplicate", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos(HARMLESS);
  const { id } = await set.contact.say(set.phone, "Hello");
  await set.bot.hears(id);

  await expect(chaos.settle({ ...QUICKLY, heard: () => [id, id] })).rejects.toThrow(
    `no-duplicate: the bot heard message ${id} more than once`,
  );
});

test("a bot that stays away breaks client-online", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos(HARMLESS);
  await set.bot.supervisor.stop();

  await expect(chaos.settle(QUICKLY)).rejects.toThrow("client-online: device 1 is not online");
});

test("a client that asks and asks breaks request-rate", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos({ ...HARMLESS, maxRequestsPerSecond: 2 });
  const sock = await set.bot.open();
  await Promise.all([1, 2, 3].map(() => sock.fetchPrivacySettings(true)));

  await expect(chaos.settle(QUICKLY)).rejects.toThrow(/request-rate: a client made [3-9] requests/);
});

test("a client that confirms nothing breaks nothing-unsettled", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos(HARMLESS);
  for (const connection of set.server.connections) connection.mute();
  const { id } = await set.contact.say(set.phone, "Hello");

  await expect(chaos.settle(QUICKLY)).rejects.toThrow(
    `nothing-unsettled: device 1 owes for <message id="${id}">`,
  );
});

test("a message that was acked and went nowhere breaks every-send-arrives", async () => {
  await using set = await stageWithLinkedBot();
  const { server, bot, contact } = set;
  loseContentOf(server);
  using chaos = server.chaos(HARMLESS);
  const id = await sent(bot, contact.pn);

  await expect(chaos.settle(QUICKLY)).rejects.toThrow(
    `every-send-arrives: the message ${id} was acked and never read`,
  );
});

test("a chaos after which all is well says nothing", async () => {
  await using set = await stageWithLinkedBot();
  using chaos = set.server.chaos({ faults: 1, weights: { cut: 1 } });
  const { id } = await set.contact.say(set.phone, "Hello");

  await expect(chaos.settle({ heard: () => set.bot.heard.map((each) => each.id) })).resolves.toBe(
    undefined,
  );
  expect(set.bot.heard.map((each) => each.id)).toEqual([id]);
});

/** Messages reach the server without a copy for anybody. */
function loseContentOf(server: MockServer): void {
  server
    .on({ tag: "message", child: "participants" })
    .passOn(({ tag, attrs }) => ({ tag, attrs }))
    .always();
}

async function sent(bot: Bot, to: string): Promise<string> {
  const sock = await bot.open();
  const message = await sock.sendMessage(to, { text: "Into the void" });
  return message?.key.id ?? "";
}
