import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

test("a logout is acknowledged by the server, which knows the device no more, and the login is kept", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server } = set;

  await expect(within("The logout", bot.supervisor.logout())).resolves.toEqual({
    acknowledged: true,
  });

  expect(bot.supervisor.state).toMatchObject({ phase: "stopped", last: { cause: "local-logout" } });
  await expect.poll(() => server.connections.length).toBe(0);
  await bot[Symbol.asyncDispose]();
  // What was kept is the login of a device that there is no more.
  const again = await set.startBot();
  const hold = await within(
    "A hold",
    new Promise<{ readonly cause: string }>((resolve) => again.supervisor.onHold(resolve)),
  );
  expect(hold.cause).toBe("logged-out");
  expect(again.qrs).toEqual([]);
});

test("a connection is ready when the server has handed over what was said meanwhile", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, contact, phone } = set;
  const order: string[] = [];
  bot.supervisor.onReady(({ caughtUp }) => order.push(caughtUp ? "caught up" : "not caught up"));
  bot.onHeard(({ text }) => order.push(text));

  for (const connection of server.connections) connection.cut();
  await contact.say(phone, "Are you there?");
  await expect.poll(() => order.length, { timeout: 60_000 }).toBe(2);

  expect(order.toSorted()).toEqual(["Are you there?", "caught up"]);
  expect(bot.supervisor.health()).toMatchObject({ open: true, ready: true });
});

test("a recycled connection is another one", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, contact, phone } = set;
  const before = await bot.open();
  const opened = new Promise<number>((resolve) =>
    bot.supervisor.onOpen(({ generation }) => resolve(generation)),
  );
  const { generation } = bot.supervisor.state;

  bot.supervisor.recycle("the proxy has changed");
  await expect(within("The next connection", opened)).resolves.toBe(generation + 1);
  const { id } = await contact.say(phone, "Still you?");

  await expect(bot.hears(id)).resolves.toMatchObject({ text: "Still you?" });
  expect(await bot.open()).not.toBe(before);
  expect(bot.mostSocketsAlive).toBe(1);
  expect(bot.supervisor.metrics()).toMatchObject({ attempt: 0, closesByCause: { recycled: 1 } });
});
