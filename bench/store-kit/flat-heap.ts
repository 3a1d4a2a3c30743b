import { systemClock } from "@motte/core/clock";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { silentLogger } from "@motte/core/logger";
import { ManualClock } from "@motte/core/manual-clock";
import { makeEventBuffer } from "@whiskeysockets/baileys";
import {
  type StoreBinding,
  baileysCaches,
  bindStores,
  chatStore,
  contactStore,
  createIdentities,
  groupMetadataCache,
  presenceStore,
  reactionStore,
  receiptStore,
} from "@motte/store-kit";
import type { Figure } from "./figure.ts";

const ACCOUNTS = 250;
const HOURS = 24;
const HOUR_MS = 3_600_000;
const MEMORY_UNIT = 1024 ** 2;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** 250 accounts for a day on a clock that no time passes on: each hour a reconnect, and the same people as before. */
export async function flatHeap(): Promise<readonly Figure[]> {
  const clock = new ManualClock(systemClock.now());
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => account(n, clock));
  const heap: number[] = [];
  let handles = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    for (const one of accounts) await one(hour);
    await clock.advance(HOUR_MS);
    collect();
    heap.push(process.memoryUsage().heapUsed);
    if (hour === 0) handles = process.getActiveResourcesInfo().length;
  }
  const left = process.getActiveResourcesInfo().length - handles;
  // The first half of the day fills what is bounded.
  const settled = heap.slice(HOURS / 2);
  const slope = slopeOf(settled) / MEMORY_UNIT;
  return [
    {
      what: "heap of 250 accounts, growth in an hour once all bounds are reached",
      measured: slope,
      unit: "MiB",
      goal: 0.25,
      beside: [{ name: "held at the end", value: (heap.at(-1) ?? 0) / MEMORY_UNIT, unit: "MiB" }],
    },
    {
      what: "handles more than after the first hour",
      measured: Math.max(0, left),
      unit: "handles",
      goal: 0,
    },
  ];
}

/** One account; each call is an hour with a socket of its own. */
function account(n: number, clock: ManualClock): (hour: number) => Promise<void> {
  const me = { id: `${n + 1}000:1@s.whatsapp.net`, lid: `${n + 1}999:1@lid` };
  const identities = createIdentities({ clock, me, maxForms: 200 });
  const options = { identities, clock, max: 50 };
  const parts = {
    identities,
    groups: groupMetadataCache({ identities, clock, maxGroups: 20 }),
    chats: chatStore(options),
    contacts: contactStore(options),
    receipts: receiptStore(options),
    reactions: reactionStore(options),
    presence: presenceStore({ identities, clock, max: 20 }),
  };
  const caches = baileysCaches({ account: `${n}`, clock });
  return async (hour) => {
    const ev = makeEventBuffer(silentLogger);
    const binding: StoreBinding = bindStores({ ev }, parts, { clock });
    ev.emit("connection.update", { connection: "open" });
    for (let m = 0; m < 5; m++) {
      const person = `${(hour * 7 + m) % 60}`;
      const key = {
        remoteJid: `${person}@lid`,
        remoteJidAlt: `49${person}@s.whatsapp.net`,
        fromMe: false,
        id: `${hour}-${m}`,
      };
      const messageTimestamp = Math.floor(clock.now() / 1000);
      ev.emit("messages.upsert", {
        messages: [{ key, message: { conversation: "hi" }, messageTimestamp }],
        type: "notify",
      });
      ev.emit("presence.update", {
        id: key.remoteJid,
        presences: { [key.remoteJid]: { lastKnownPresence: "composing" } },
      });
      await caches.msgRetryCounterCache.set(`${key.id}:${person}`, 1);
    }
    ev.emit("connection.update", { connection: "close" });
    await binding.unbind();
    ev.destroy();
  };
}

function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [x, y] of values.entries()) {
    above += (x - middle) * (y - mean);
    below += (x - middle) ** 2;
  }
  return above / below;
}
