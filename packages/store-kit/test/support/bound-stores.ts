import { type WAMessage, type WASocket, makeEventBuffer } from "@whiskeysockets/baileys";
import type { Clock } from "@motte/core/clock";
import { CleanupStack } from "@motte/core/cleanup";
import { silentLogger } from "@motte/core/logger";
import { ManualClock } from "@motte/core/manual-clock";
import {
  type BindStoresOptions,
  chatStore,
  contactStore,
  createIdentities,
  groupMetadataCache,
  presenceStore,
  reactionStore,
  receiptStore,
} from "@motte/store-kit";
import { ME } from "./baileys-events.ts";
import { NOW_MS, PN, message, ownKey } from "./messages.ts";
import { openStore } from "./open-store.ts";

export type RealEv = ReturnType<typeof makeEventBuffer>;

/** Every store there is, in memory, for one account that keeps all bodies. */
export async function everyPart() {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const onError = (error: Error): void =>
    void errors.push("code" in error ? String(error.code) : error.message);
  const cleanup = new CleanupStack();
  const identities = createIdentities({ me: ME, clock, onError });
  const options = { identities, clock, onError };
  const opened = cleanup.use(
    await openStore({ clock, me: ME, identities, keep: () => "body", onError }),
  );
  const parts = {
    identities,
    messages: opened.store,
    groups: groupMetadataCache(options),
    chats: chatStore(options),
    contacts: contactStore(options),
    receipts: receiptStore(options),
    reactions: reactionStore(options),
    presence: presenceStore(options),
  };
  const bind: BindStoresOptions = { clock, onError };
  return { parts, clock, errors, bind, [Symbol.asyncDispose]: () => cleanup.dispose() };
}

export function eventBuffer(): RealEv {
  return makeEventBuffer(silentLogger);
}

/** A clock on which each look takes `stepMs`: work seems slow without being so. */
export function slowClock(stepMs: number): Clock {
  const clock = new ManualClock(NOW_MS);
  let time = 0;
  return {
    now: () => clock.now(),
    monotonic: () => (time += stepMs),
    after: (ms, callback) => clock.after(ms, callback),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

export function upsert(ev: RealEv, ...messages: WAMessage[]): void {
  ev.emit("messages.upsert", { messages, type: "notify" });
}

const sendMessage: WASocket["sendMessage"] = async (jid) => message(ownKey("SENT", jid), "sent");
const relayMessage: WASocket["relayMessage"] = async () => "RELAYED";
const groupMetadata: WASocket["groupMetadata"] = async () => {
  throw new Error("not asked in this test");
};
const fetchBlocklist: WASocket["fetchBlocklist"] = async () => [PN];

/** The parts of a socket that are bound, with a real event buffer. */
export function boundSocket() {
  const ev = eventBuffer();
  const endHandlers: (() => unknown)[] = [];
  const registerSocketEndHandler: WASocket["registerSocketEndHandler"] = (handler) =>
    void endHandlers.push(() => handler(undefined));
  const user = { id: "4910:7@s.whatsapp.net", lid: "777:7@lid" };
  const sends = { sendMessage, relayMessage };
  const sock = { ev, user, ...sends, groupMetadata, fetchBlocklist, registerSocketEndHandler };
  // Baileys: the handlers, then the end of the buffer (socket.js: end).
  const end = async (): Promise<void> => {
    for (const handler of endHandlers) await handler();
    ev.destroy();
  };
  return { sock, end };
}
