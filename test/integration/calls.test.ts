import { CleanupStack } from "@motte/core/cleanup";
import { type Contact, MockServer, type Phone } from "@motte/mock-server";
import type { WACallEvent } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

const cleanup = new CleanupStack();
let server: MockServer;
let phone: Phone;
let ana: Contact;
let one: AnotherBot;
let two: AnotherBot;

beforeAll(async () => {
  server = cleanup.use(await MockServer.start({ strict: true }));
  phone = server.phone({ name: "Bot" });
  ana = server.contact({ name: "Ana" });
  one = cleanup.use(await anotherBot(server, phone));
  two = cleanup.use(await anotherBot(server, phone));
});

afterAll(() => cleanup.dispose());

/** What a bot hears of a call, once it is that. */
function hearsOf(bot: AnotherBot, id: string, status: string): Promise<WACallEvent> {
  return bot.hears("call", (calls) =>
    calls.find((each) => each.id === id && each.status === status),
  );
}

test("a call rings at every device, and the one that rejects it is heard by the caller", async () => {
  const call = ana.call(phone);
  const offers = await Promise.all([one, two].map((bot) => hearsOf(bot, call.id, "offer")));
  const before = call.answer;

  await one.sock.rejectCall(call.id, offers[0]?.from ?? "");
  const answer = call.answer;
  call.end();
  const ends = await Promise.all([one, two].map((bot) => hearsOf(bot, call.id, "terminate")));

  expect(
    offers.map(({ from, callerPn, isVideo, isGroup, offline }) => ({
      from,
      callerPn,
      isVideo,
      isGroup,
      offline,
    })),
  ).toEqual(
    [1, 2].map(() => ({
      from: ana.lid,
      callerPn: ana.pn,
      isVideo: false,
      isGroup: false,
      offline: false,
    })),
  );
  expect([before, answer]).toEqual([undefined, "reject"]);
  expect(ends.map(({ callerPn }) => callerPn)).toEqual([ana.pn, ana.pn]);
});

test("a call that nobody takes is a missed one", async () => {
  const call = ana.call(phone, { video: true });
  await hearsOf(one, call.id, "offer");

  call.end("timeout");

  expect(await hearsOf(one, call.id, "timeout")).toMatchObject({ isVideo: true });
  expect(call.answer).toBeUndefined();
});

test("a call that rang while a bot was away is told when it is back, as one of then", async () => {
  for (const connection of server.connections) connection.cut();
  const call = ana.call(phone);
  call.end("timeout");

  const offer = await hearsOf(one, call.id, "offer");

  expect(offer.offline).toBe(true);
  expect(await hearsOf(one, call.id, "timeout")).toMatchObject({ offline: true });
});

test("a blocked person's call does not ring", async () => {
  await one.bot.open();
  const foe = server.contact({ name: "Foe" });
  phone.profile.block(foe);

  const unheard = foe.call(phone);
  const heard = ana.call(phone);
  await hearsOf(one, heard.id, "offer");
  heard.end();

  expect(
    one
      .heard("call")
      .flat()
      .map(({ id }) => id),
  ).not.toContain(unheard.id);
});

test("what a bot says of its business is what others read, and is changed part by part", async () => {
  const sock = await one.bot.open();
  const other = cleanup.use(await anotherBot(server, server.phone({ name: "Customer" })));
  const week = [
    { day: "mon", mode: "specific_hours", openTimeInMinutes: "540", closeTimeInMinutes: "1020" },
    { day: "sat", mode: "appointment_only" },
  ] as const;

  await sock.updateBussinesProfile({ description: "builds bots", address: "Main Street 1" });
  await sock.updateBussinesProfile({
    address: "Side Street 2",
    websites: ["https://example.org"],
    hours: { timezone: "Europe/Berlin", days: [...week] },
  });

  expect(await other.sock.getBusinessProfile(phone.pn)).toMatchObject({
    wid: phone.pn,
    description: "builds bots",
    address: "Side Street 2",
    website: ["https://example.org"],
    business_hours: {
      timezone: "Europe/Berlin",
      business_config: [
        { day_of_week: "mon", mode: "specific_hours", open_time: "540", close_time: "1020" },
        { day_of_week: "sat", mode: "appointment_only" },
      ],
    },
  });
  expect(phone.profile.business?.hours?.days).toEqual([
    { day: "mon", mode: "specific_hours", open: 540, close: 1_020 },
    { day: "sat", mode: "appointment_only" },
  ]);
});

test("a business shows its profile to other people's bots", async () => {
  const sock = await one.bot.open();
  const shop = server.contact({ name: "Shop" });
  shop.profile.setBusiness({ description: "sells chairs", category: "Furniture" });

  expect(await sock.getBusinessProfile(shop.lid)).toMatchObject({
    wid: shop.lid,
    description: "sells chairs",
    category: "Furniture",
  });
  expect(await sock.getBusinessProfile(ana.pn)).toBeUndefined();
});

test("an event with a call carries a link to it, which reaches the person it is sent to", async () => {
  const sock = await one.bot.open();
  const startDate = new Date("2030-01-01T12:00:00Z");

  await sock.sendMessage(ana.pn, { event: { name: "Standup", startDate, call: "video" } });
  const { message } = await ana.receive();

  const token = message.eventMessage?.joinLink?.replace("https://call.whatsapp.com/video/", "");
  expect(token).toMatch(/^[\w-]{22}$/);
  expect(await sock.createCallLink("video")).not.toBe(token);
  expect(one.heard("call").flat()).not.toContainEqual(expect.objectContaining({ id: token }));
});
