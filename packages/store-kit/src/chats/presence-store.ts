import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { BaileysEventMap, PresenceData } from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { asEntity } from "../identities/entities.ts";
import type { EntityId, Identities } from "../identities/identities.ts";
import { type Millis, minutes } from "../millis.ts";
import { unreadable } from "./store-base.ts";

export interface PresenceStoreOptions {
  readonly identities: Pick<Identities, "entity">;
  /** How long a presence is believed. @defaultValue `minutes(5)` */
  readonly ttl?: Millis;
  /** Most chats, and most people of one chat. @defaultValue `1_000` */
  readonly max?: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of what could not be read. @defaultValue `process.emitWarning` */
  readonly onError?: ErrorSink;
}

/** Which event tells of presence. */
export type PresenceEvents = Partial<Pick<BaileysEventMap, "presence.update">>;

/** Who is here, or writing, as far as that was said in the last minutes. In memory only. */
export interface PresenceStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: PresenceEvents): void;
  of(jid: string): ReadonlyMap<EntityId, PresenceData>;
  /** Forgets somebody, and their chat. Says how many presences that were. */
  eraseUser(jid: string): Promise<number>;
}

export function presenceStore(options: PresenceStoreOptions): PresenceStore {
  assertKnownOptions("presenceStore", options, ["identities", "ttl", "max", "clock", "onError"]);
  const { identities, ttl = minutes(5), clock = systemClock } = options;
  const max = integerOption("max", options.max ?? 1000, { min: 1 });
  const chats: SyncCache<SyncCache<PresenceData>> = lru({ max, ttl, clock });
  const report = totalSink(options.onError);
  const learn = ({ id, presences }: BaileysEventMap["presence.update"]): void => {
    const chat = identities.entity(id);
    const people = chats.get(chat) ?? lru<PresenceData>({ max, ttl, clock });
    for (const [jid, presence] of Object.entries(presences)) {
      people.set(identities.entity(jid), { ...presence });
    }
    // Set again, so that the chat lives as long as the last one heard of in it.
    chats.set(chat, people);
  };
  return {
    ingest(events) {
      try {
        const update = events["presence.update"];
        if (update !== undefined) learn(update);
      } catch (error) {
        report(error instanceof MotteError ? error : unreadable(error));
      }
    },
    async eraseUser(jid) {
      const whom = identities.entity(jid);
      let erased = 0;
      for (const chat of Array.from(chats.keys())) {
        const people = chats.get(chat);
        if (chat !== whom) erased += Number(people?.delete(whom));
        else if (chats.delete(chat)) erased += people?.size ?? 0;
      }
      return erased;
    },
    of(jid) {
      const people = chats.get(identities.entity(jid));
      const present = new Map<EntityId, PresenceData>();
      // A copy: to be read is to move in the order of the cache.
      const keys = Array.from(people?.keys() ?? []);
      for (const key of keys) {
        const presence = people?.get(key);
        if (presence !== undefined) present.set(asEntity(key), presence);
      }
      return present;
    },
  };
}
