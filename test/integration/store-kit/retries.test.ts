import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { type Contact, MockServer } from "@motte/mock-server";
import { describe, expect, test, vi } from "vitest";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A group with ten people, each with a linked device: to a main one that asks again, Baileys sends to everybody. */
async function tenDevices() {
  const server = await MockServer.start();
  const folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const people = Array.from({ length: 10 }, (_, n) => server.contact({ name: `Friend ${n}` }));
  const devices = people.map((person) => person.linkDevice());
  const group = server.group({ subject: "Chess", members: [phone, ...people] });
  return {
    server,
    folder,
    phone,
    devices,
    group,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

type Receiver = Pick<Contact, "receive">;

const got = (person: Receiver, id: string) =>
  person.receive({ where: (message) => message.id === id, timeoutMs: 60_000 });

describe("ten devices in a group that could not read a message", () => {
  test("all get it again, also from a process that was started after it was sent", async () => {
    await using set = await tenDevices();
    let id: string;
    {
      await using bot = await boundBot(set.server, set.folder);
      const sock = await bot.link(set.phone);
      await sock.sendMessage(set.group.jid, { text: "remember me" });
      const received = await Promise.all(set.devices.map((person) => person.receive()));
      id = received[0]?.id ?? "";
      for (const person of set.devices) person.askAgain(id);
      await Promise.all(set.devices.map((person) => got(person, id)));
      expect(bot.answered).toEqual(Array.from({ length: 10 }, () => "remember me"));
    }

    await using bot = await boundBot(set.server, set.folder);
    await bot.open();
    for (const person of set.devices) person.askAgain(id);
    const again = await Promise.all(set.devices.map((person) => got(person, id)));

    expect(again.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, () => "remember me"));
    expect(bot.answered).toEqual(Array.from({ length: 10 }, () => "remember me"));
    expect(bot.errors).toEqual([]);
  });

  test("get the newest text of what was edited, and nothing of what was revoked", async () => {
    await using set = await tenDevices();
    await using bot = await boundBot(set.server, set.folder);
    const sock = await bot.link(set.phone);
    const [person] = set.devices;
    if (person === undefined) throw new Error("There is nobody");
    const send = async (text: string) => {
      const sent = await sock.sendMessage(set.group.jid, { text });
      await got(person, sent?.key.id ?? "");
      return sent?.key ?? {};
    };
    const edited = await send("teh bus");
    const revoked = await send("oops");
    await sock.sendMessage(set.group.jid, { text: "the bus", edit: edited });
    await sock.sendMessage(set.group.jid, { delete: revoked });

    person.askAgain(revoked.id ?? "");
    person.askAgain(edited.id ?? "");
    const again = await got(person, edited.id ?? "");

    expect(again.text).toBe("the bus");
    expect(bot.answered).toEqual([undefined, "the bus"]);
    expect(person.messages.map(({ text }) => text)).not.toContain("oops");
  });

  test("get nothing that is eight days old", async () => {
    await using set = await tenDevices();
    const clock = new ManualClock(systemClock.now());
    await using bot = await boundBot(set.server, set.folder, { clock });
    const sock = await bot.link(set.phone);
    const [person] = set.devices;
    if (person === undefined) throw new Error("There is nobody");
    const old = await sock.sendMessage(set.group.jid, { text: "old" });
    await got(person, old?.key.id ?? "");
    person.askAgain(old?.key.id ?? "");
    await got(person, old?.key.id ?? "");
    await clock.advance(8 * DAY_MS);
    person.askAgain(old?.key.id ?? "");
    await vi.waitFor(() => expect(bot.answered).toHaveLength(2), { timeout: 60_000 });

    expect(bot.answered).toEqual(["old", undefined]);
    expect(person.messages).toEqual([]);
  });
});

test("what disappeared is not sent again", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const clock = new ManualClock(systemClock.now());
  await using bot = await boundBot(server, folder, { clock });
  const sock = await bot.link(phone);
  const hour = { ephemeralExpiration: 3600 };
  const sent = await sock.sendMessage(ben.pn, { text: "for an hour" }, hour);
  const stays = await sock.sendMessage(ben.pn, { text: "for good" });
  for (const message of [sent, stays]) await got(ben, message?.key.id ?? "");
  const ask = async (message: typeof sent, answers: number) => {
    ben.askAgain(message?.key.id ?? "");
    await vi.waitFor(() => expect(bot.answered).toHaveLength(answers), { timeout: 60_000 });
  };

  await clock.advance(59 * MINUTE_MS);
  await ask(sent, 1);
  await got(ben, sent?.key.id ?? "");
  await clock.advance(2 * MINUTE_MS);
  await ask(sent, 2);
  await ask(stays, 3);
  await got(ben, stays?.key.id ?? "");

  expect(bot.answered).toEqual(["for an hour", undefined, "for good"]);
  expect(ben.messages.map(({ text }) => text)).toEqual(["for good"]);
});

test("a retry is answered from the store six minutes later, when Baileys' own cache has let go", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const clock = new ManualClock(systemClock.now());
  await using bot = await boundBot(server, folder, {
    clock,
    socket: { enableRecentMessageCache: true },
  });
  const sock = await bot.link(phone);
  const send = async (text: string): Promise<string> => {
    const sent = await sock.sendMessage(ben.pn, { text });
    const id = sent?.key.id ?? "";
    await got(ben, id);
    return id;
  };
  const old = await send("six minutes old");
  // Baileys' cache goes by this clock (message-retry-manager.js: an LRUCache of five minutes).
  vi.spyOn(performance, "now").mockReturnValue(systemClock.monotonic() + 6 * MINUTE_MS);
  try {
    await clock.advance(6 * MINUTE_MS);
    const young = await send("just sent");
    for (const id of [young, old]) {
      ben.askAgain(id);
      await got(ben, id);
    }
    expect(bot.answered).toEqual(["six minutes old"]);
  } finally {
    vi.restoreAllMocks();
  }
});

test("a message of somebody else under the id of ours is never what is sent again", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const mallory = server.contact({ name: "Mallory" });
  await using bot = await boundBot(server, folder);
  const sock = await bot.link(phone);
  const sent = await sock.sendMessage(ben.pn, { text: "ours" });
  const id = sent?.key.id ?? "";
  await got(ben, id);
  for (const person of [mallory, ben]) await person.say(phone, "theirs", { id });
  await bot.until("Both", () => bot.parts.chats.get(mallory.pn)?.unread === 1);

  ben.askAgain(id);
  const again = await got(ben, id);

  expect(again.text).toBe("ours");
  expect(bot.answered).toEqual(["ours"]);
});

test("a retry is answered from the store after 512 messages came, which is what Baileys' own cache holds", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  await using bot = await boundBot(server, folder, { socket: { enableRecentMessageCache: true } });
  const sock = await bot.link(phone);
  const sent = await sock.sendMessage(ben.pn, { text: "ours" });
  const id = sent?.key.id ?? "";
  await got(ben, id);
  for (let n = 1; n <= 513; n++) {
    await ben.say(phone, `${n}`);
    if (n % 57 === 0) await bot.until("All", () => bot.parts.chats.get(ben.pn)?.unread === n);
  }

  ben.askAgain(id);
  expect((await got(ben, id)).text).toBe("ours");
  expect(bot.answered).toEqual(["ours"]);
});
