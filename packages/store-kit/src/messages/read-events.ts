import type { WAMessage } from "@whiskeysockets/baileys";
import { StoreKitError } from "../errors.ts";
import type { ErrorSink } from "../error-sink.ts";
import { type Address, type AddressBook, address } from "./address.ts";
import type { MessageEvents } from "./event-feed.ts";
import { type MessageFact, identityOf, statusOf } from "./message-facts.ts";
import type { OwnIdentity } from "./own-identity.ts";

export interface EventReader {
  readonly me: OwnIdentity;
  readonly book: AddressBook | undefined;
  readonly report: ErrorSink;
  readonly factsOf: (message: WAMessage) => readonly MessageFact[];
  readonly nowMs: number;
}

export interface ReadEvents {
  readonly facts: readonly MessageFact[];
  readonly erasedChats: readonly Address[];
  /** What a phone sent of the past, which can wait. */
  readonly history: readonly WAMessage[];
}

/**
 * Reads one flush. A part that makes no sense is reported and left out, and the rest is read.
 *
 * Of `messages.update` only the status is read: it is no patch (its time is a receipt's, a revoke's key is the
 * revoke's own), it says nothing about who amends, and the message that caused it came by `messages.upsert`.
 */
export function readEvents(events: MessageEvents, reader: EventReader): ReadEvents {
  const facts: MessageFact[] = [];
  const erasedChats: Address[] = [];
  const each = <T>(items: readonly T[] | undefined, read: (item: T) => void): void => {
    if (items === undefined) return;
    for (const item of items) attempt(reader, () => read(item));
  };

  attempt(reader, () => reader.me.learn(events["creds.update"]?.me));
  const history = events["messaging-history.set"]?.messages ?? [];
  attempt(reader, () =>
    each(events["messages.upsert"]?.messages, (message) => {
      facts.push(...reader.factsOf(message));
    }),
  );
  attempt(reader, () =>
    each(events["messages.update"], ({ key, update }) => {
      const status = statusOf(update.status);
      const about = key.fromMe && status > 0 ? identityOf(key, "own", reader) : undefined;
      if (about) facts.push({ kind: "status", about, atMs: reader.nowMs, status });
    }),
  );
  // Deletions last: the buffer keeps a deleted message in the same flush.
  attempt(reader, () => {
    const deleted = events["messages.delete"];
    if (deleted === undefined) return;
    if ("keys" in deleted) {
      each(deleted.keys, (key) => {
        const about = identityOf(key, key.fromMe ? "own" : "inbound", reader);
        if (about) facts.push({ kind: "erase", about, atMs: reader.nowMs });
      });
    } else if (deleted.all) erasedChats.push(address(deleted.jid, undefined, reader.book));
  });
  attempt(reader, () =>
    each(events["chats.delete"], (jid) => {
      erasedChats.push(address(jid, undefined, reader.book));
    }),
  );
  return { facts, erasedChats, history };
}

/** Runs one part of the reading; a failure is reported and is nobody else's. */
export function attempt({ report }: Pick<EventReader, "report">, read: () => void): void {
  try {
    read();
  } catch (error) {
    report(
      new StoreKitError(
        "STORE_KIT_EVENT_UNREADABLE",
        "A Baileys event was not understood and this part of it is left out",
        { cause: error },
      ),
    );
  }
}
