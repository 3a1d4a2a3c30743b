import { expect, test } from "vitest";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

test("a cut connection comes back, and what was said meanwhile arrives", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, contact, phone } = set;
  const generation = bot.supervisor.state.generation;

  for (const connection of server.connections) connection.cut();
  const { id } = await contact.say(phone, "Are you back?");

  await expect(bot.hears(id)).resolves.toMatchObject({ text: "Are you back?" });
  expect(bot.supervisor.state.generation).toBe(generation + 1);
  expect(bot.mostSocketsAlive).toBe(1);
  expect(bot.qrs).toHaveLength(1);
});

test("five cuts in a row never leave two sockets alive", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, contact, phone } = set;

  for (let cut = 1; cut <= 5; cut++) {
    for (const connection of server.connections) connection.cut();
    const { id } = await contact.say(phone, `after cut ${cut}`);
    await bot.hears(id);
    expect(server.connections.length).toBe(1);
  }

  expect(bot.mostSocketsAlive).toBe(1);
});

test("a logout by the account stops the supervisor with a sentence, keeps the login, and nothing hammers", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, phone } = set;
  const stopped = new Promise<{ readonly cause: string; readonly sentence: string }>((resolve) =>
    bot.supervisor.onHold(resolve),
  );
  const loginsBefore = server.journal.entries.length;

  await phone.logOutCompanions();
  const { cause, sentence } = await stopped;

  expect(cause).toBe("device-removed");
  expect(sentence).toMatch(/pair/i);
  await expect.poll(() => server.connections.length).toBe(0);
  expect(bot.qrs).toHaveLength(1);
  expect(server.journal.entries.length).toBeGreaterThan(loginsBefore);
});
