import type { PresenceData } from "@whiskeysockets/baileys";
import { CleanupStack } from "@motte/core/cleanup";
import type { Phone } from "@motte/mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adaAndBen } from "../support/ada-and-ben.ts";
import type { AnotherBot } from "../support/another-bot.ts";

const cleanup = new CleanupStack();
let adasPhone: Phone;
let bensPhone: Phone;
let ada: AnotherBot;
let ben: AnotherBot;

beforeAll(async () => {
  ({ adasPhone, bensPhone, ada, ben } = cleanup.use(await adaAndBen()));
});

afterAll(() => cleanup.dispose());

/** The next that Ada hears of somebody in a chat. */
function nextIn(chat: string, participant: string): () => Promise<PresenceData> {
  const of = (payload: {
    readonly id: string;
    readonly presences: Readonly<Record<string, PresenceData>>;
  }): PresenceData[] => {
    const presence = payload.id === chat ? payload.presences[participant] : undefined;
    return presence === undefined ? [] : [presence];
  };
  let taken = ada.heard("presence.update").flatMap(of).length;
  return async () => {
    await ada.hears("presence.update", () =>
      ada.heard("presence.update").flatMap(of).length > taken ? true : undefined,
    );
    const next = ada.heard("presence.update").flatMap(of)[taken++];
    if (next === undefined) throw new Error("Nothing was heard");
    return next;
  };
}

test("a bot that asks sees another one come and go, and when it was last there", async () => {
  await ben.sock.sendPresenceUpdate("unavailable");
  const next = nextIn(bensPhone.pn, bensPhone.pn);

  await ada.sock.presenceSubscribe(bensPhone.pn);
  const first = await next();
  await ben.sock.sendPresenceUpdate("available");
  const there = await next();
  await ben.sock.sendPresenceUpdate("unavailable");
  const gone = await next();

  expect(first.lastKnownPresence).toBe("unavailable");
  expect(there).toMatchObject({ lastKnownPresence: "available", lastSeen: undefined });
  expect(gone).toMatchObject({ lastKnownPresence: "unavailable" });
  expect(gone.lastSeen).toBeGreaterThan(1_600_000_000);
});

test("who hides when they were last there is seen to be gone, without a time", async () => {
  await ben.sock.updateLastSeenPrivacy("none");
  const next = nextIn(bensPhone.lid, bensPhone.lid);
  await ada.sock.presenceSubscribe(bensPhone.lid);
  const first = await next();

  await ben.sock.sendPresenceUpdate("available");
  const there = await next();
  await ben.sock.sendPresenceUpdate("unavailable");
  const gone = await next();
  await ben.sock.updateLastSeenPrivacy("all");

  expect([first, there, gone]).toEqual([
    { lastKnownPresence: "unavailable", lastSeen: undefined, groupOnlineCount: undefined },
    { lastKnownPresence: "available", lastSeen: undefined, groupOnlineCount: undefined },
    { lastKnownPresence: "unavailable", lastSeen: undefined, groupOnlineCount: undefined },
  ]);
});

test.each([
  ["number", "pn"],
  ["LID", "lid"],
] as const)(
  "typing, recording and stopping are seen by a bot that is there, by %s",
  async (_, namespace) => {
    await ada.sock.sendPresenceUpdate("available");
    const next = nextIn(bensPhone[namespace], bensPhone[namespace]);
    const seen: unknown[] = [];

    for (const state of ["composing", "recording", "paused"] as const) {
      await ben.sock.sendPresenceUpdate(state, adasPhone[namespace]);
      seen.push((await next()).lastKnownPresence);
    }

    // Baileys (chats.js) tells "paused" as "available".
    expect(seen).toEqual(["composing", "recording", "available"]);
  },
);

test("typing in a group is seen by its members, as who it is in which group", async () => {
  for (const { sock } of [ada, ben]) await sock.sendPresenceUpdate("available");
  const { id } = await ada.sock.groupCreate("Climbers", [bensPhone.pn]);
  const next = nextIn(id, bensPhone.lid);
  const own = ben.heard("presence.update").length;

  await ben.sock.sendPresenceUpdate("composing", id);
  const typing = await next();
  await ben.sock.sendPresenceUpdate("paused", id);
  const stopped = await next();
  await ben.sock.fetchBlocklist();

  expect([typing, stopped].map((each) => each.lastKnownPresence)).toEqual([
    "composing",
    "available",
  ]);
  expect(ben.heard("presence.update")).toHaveLength(own);
});

test("a bot that is not there is not told who types, until it is", async () => {
  await ada.sock.sendPresenceUpdate("unavailable");
  await ada.sock.fetchBlocklist();
  const next = nextIn(bensPhone.pn, bensPhone.pn);
  const before = ada.heard("presence.update").length;

  await ben.sock.sendPresenceUpdate("composing", adasPhone.pn);
  await ben.sock.fetchBlocklist();
  await ada.sock.fetchBlocklist();
  const unheard = ada.heard("presence.update").length - before;
  await ada.sock.sendPresenceUpdate("available");

  expect(unheard).toBe(0);
  expect(await next()).toEqual({ lastKnownPresence: "composing" });
});
