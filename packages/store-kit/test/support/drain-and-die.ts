/**
 * Takes a history with a durable spool, says so once it is on disk, and goes on taking it in until it is killed. Given
 * `left` it takes in what another process left, and says what is stored then.
 */
import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@motte/core/manual-clock";
import {
  bindStores,
  chatStore,
  createIdentities,
  openHistorySpool,
  openMessageStore,
  openTables,
} from "@motte/store-kit";
import { eventBuffer } from "./bound-stores.ts";
import { pastOf, sendHistory } from "./history.ts";
import { NOW_MS } from "./messages.ts";
import { say } from "./say.ts";

const [, , file = "", count = "0"] = process.argv;
const PEOPLE = Array.from({ length: 10 }, (_, n) => `${n + 1}@lid`);
const account = "bot";
// By the clock of the machine these messages are long expired.
const clock = new ManualClock(NOW_MS);
const spool = await openHistorySpool({ file, account });
const tables = await openTables({ file, account });
const messages = await openMessageStore({ file, account, clock, keep: () => "body" });
const identities = createIdentities({ clock, tables });
const chats = chatStore({ identities, clock, tables });
const ev = eventBuffer();
const binding = bindStores(
  { ev },
  { identities, messages, chats },
  { spool, durableHistory: true },
);

const each = Number(count) / PEOPLE.length;
if (each > 0) {
  const all = PEOPLE.flatMap((jid) => pastOf(jid, each, { length: 100 }));
  sendHistory(ev, all, PEOPLE);
  while (binding.stats().bytes.decoded > 0) await setImmediate();
  say(`spooled ${binding.stats().history.done}`);
  for (;;) {
    await setImmediate();
    const { done } = binding.stats().history;
    if (done > 0) say(`done ${done}`);
  }
}

const drained = await binding.drain();
const stored = PEOPLE.map((jid) => [countOf(jid), chats.get(jid)?.unread]);
say(JSON.stringify({ ...drained, ...binding.stats().history, stored }));
await messages.close();
tables.close();
spool.close();

function countOf(jid: string): number {
  let page = messages.page(jid, { limit: 1000 });
  let total = page.messages.length;
  while (page.before !== undefined) {
    page = messages.page(jid, { limit: 1000, before: page.before });
    total += page.messages.length;
  }
  return total;
}
