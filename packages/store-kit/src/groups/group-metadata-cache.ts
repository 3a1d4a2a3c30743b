import { setImmediate } from "node:timers/promises";
import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type {
  BinaryNode,
  GroupMetadata,
  GroupParticipant,
  ParticipantAction,
} from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";
import type { ReadThroughStats } from "../cache/read-through.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import { minutes, seconds } from "../millis.ts";
import { notFetched } from "./fetch-error.ts";
import { foldParticipants } from "./fold-participants.ts";
import { GROUP_CACHE_OPTIONS, type GroupMetadataCacheOptions } from "./group-cache-options.ts";
import type { GroupEvents } from "./group-events.ts";
import { formsOf } from "./group-metadata.ts";
import { KeptGroups } from "./kept-groups.ts";
import { ParticipantHashes } from "./participant-hashes.ts";
import { type PrefetchOptions, type PrefetchReport, prefetch } from "./prefetch.ts";
import { type GroupFact, groupFacts } from "./read-group-facts.ts";

export interface GroupMetadataCache {
  /** Goes into `makeWASocket`. Never rejects; `undefined` makes Baileys ask the server itself. */
  readonly cachedGroupMetadata: (jid: string) => Promise<GroupMetadata | undefined>;
  /** What would be answered without asking the server. */
  peek(jid: string): GroupMetadata | undefined;
  /** The members as PNs, those of them that are known; the answer above must not be rewritten that way. */
  participantsAsPn(jid: string): readonly string[] | undefined;
  /** Takes in what a flush of Baileys' events tells. Never throws. */
  ingest(events: GroupEvents): void;
  /** Asks through this from now on, as the socket changes; `undefined` when there is none. */
  fetchWith(fetch: ((jid: string) => Promise<GroupMetadata>) | undefined): void;
  /** Serves nothing of this group, or of any, until the server was asked again. */
  invalidate(jid?: string): void;
  /**
   * Forgets the groups that name somebody, until the server is asked again: who is in a group is its word, and the next
   * message must not miss anybody. Says how many those were.
   */
  eraseUser(jids: readonly string[]): Promise<number>;
  /**
   * Asks for those of the groups that are not known, at the rate of all questions: a send that needs one meanwhile waits
   * for no more than `maxConcurrentFetches` of them. Ends early when the server asks for fewer questions. Never rejects.
   * `sock.groupFetchAllParticipating()` gets all groups by one question, and its events are taken in as any others.
   */
  prefetch(jids: readonly string[], options?: PrefetchOptions): Promise<PrefetchReport>;
  /**
   * Looks at the server's answer to a send: one that names other devices of the group (`phash`) than the answer before
   * drops the group. Answers the users whose lists of devices may be out of date then, as `userDevicesCache` names them.
   *
   * @example
   * sock.ws.on("CB:ack,class:message", (ack) => caches.userDevicesCache.mdel(groups.heedAck(ack)));
   */
  heedAck(ack: Pick<BinaryNode, "tag" | "attrs">): string[];
  /** `bytes` is about what the groups kept take. */
  stats(): ReadThroughStats & { readonly bytes: number };
}

/** After a gap of this length somebody may have left without our being told before the next send. */
const SHORT_GAP_MS = seconds(60);
/**
 * Membership changes overtake what waits in Baileys' event buffer, whole groups among it, by up to its timeout of 30
 * seconds. A whole group that comes so soon after a change may be older than it, so it is not believed.
 */
const SETTLED_AFTER = minutes(10);
const MOST_GROUPS_HEARD_OF = 10_000;

/**
 * The members of groups for sends, kept true by events and by asking the server, at a rate that it bears.
 *
 * @throws UsageError for an option that makes no sense.
 */
export function groupMetadataCache(options: GroupMetadataCacheOptions): GroupMetadataCache {
  assertKnownOptions("groupMetadataCache", options, GROUP_CACHE_OPTIONS);
  return new GroupCache(options);
}

class GroupCache implements GroupMetadataCache {
  readonly #identities: GroupMetadataCacheOptions["identities"];
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #concurrency: number;
  readonly #groups: KeptGroups;
  /** Groups that we are no longer in. */
  readonly #left: SyncCache<true>;
  /** Groups whose members changed lately. */
  readonly #changed: SyncCache<true>;
  readonly #hashes = new ParticipantHashes();
  #closedAtMs = -Infinity;

  constructor(options: GroupMetadataCacheOptions) {
    const { clock = systemClock } = options;
    this.#identities = options.identities;
    this.#clock = clock;
    this.#report = totalSink(options.onError);
    this.#concurrency = options.maxConcurrentFetches ?? 2;
    this.#left = lru({ max: MOST_GROUPS_HEARD_OF });
    this.#changed = lru({ max: MOST_GROUPS_HEARD_OF, ttl: SETTLED_AFTER, clock });
    this.#groups = new KeptGroups(options, this.#report);
  }

  readonly cachedGroupMetadata = async (jid: string): Promise<GroupMetadata | undefined> => {
    try {
      return await this.#groups.get(jid, () => !this.#left.get(jid));
    } catch (error) {
      this.#report(notFetched(error));
      return undefined;
    }
  };

  peek(jid: string): GroupMetadata | undefined {
    return this.#left.get(jid) ? undefined : this.#groups.peek(jid);
  }

  participantsAsPn(jid: string): readonly string[] | undefined {
    const members = this.peek(jid)?.participants;
    return members
      ?.map((member) => formsOf(member).map((form) => this.#identities.pnOf(form)))
      .flatMap((pns) => pns.find((pn) => pn !== undefined) ?? []);
  }

  ingest(events: GroupEvents): void {
    const guardedFold = (fold: () => void): void => {
      try {
        fold();
      } catch (error) {
        this.#report(notRead(error));
      }
    };
    guardedFold(() => {
      const { connection } = events["connection.update"] ?? {};
      if (connection === "close") this.#closedAtMs = this.#clock.monotonic();
      if (connection === "open") this.#reconnected();
    });
    guardedFold(() => {
      for (const read of groupFacts(events)) {
        guardedFold(() => {
          const fact = read();
          if (fact !== undefined) this.#fold(fact);
        });
      }
    });
  }

  fetchWith(fetch: ((jid: string) => Promise<GroupMetadata>) | undefined): void {
    this.#groups.fetchWith(fetch);
  }

  invalidate(jid?: string): void {
    if (jid === undefined) this.#groups.dropAll();
    else this.#groups.drop(jid);
  }

  prefetch(jids: readonly string[], options: PrefetchOptions = {}): Promise<PrefetchReport> {
    const { refusals } = this.#groups;
    return prefetch(jids, options, {
      concurrency: this.#concurrency,
      isKnown: (jid) => this.peek(jid) !== undefined,
      load: this.cachedGroupMetadata,
      isRefused: () => this.#groups.refusals > refusals,
    });
  }

  heedAck(ack: Pick<BinaryNode, "tag" | "attrs">): string[] {
    const jid = this.#hashes.changedBy(ack);
    if (jid === undefined) return [];
    const members = this.#groups.row(jid)?.metadata.participants ?? [];
    this.#groups.drop(jid);
    return members.map(({ id }) => id.slice(0, id.indexOf("@")));
  }

  async eraseUser(jids: readonly string[]): Promise<number> {
    const starts = jids.map((jid) => `"${jid.slice(0, jid.indexOf("@"))}`);
    let dropped = 0;
    for (const { key } of this.#groups.all()) {
      // One by one, and as it is by then: a large group takes as long to look through as a turn allows.
      const text = JSON.stringify(this.#groups.row(key)?.metadata ?? {});
      if (starts.some((start) => text.includes(`${start}@`) || text.includes(`${start}:`))) {
        this.#groups.drop(key);
        dropped += 1;
      }
      await setImmediate();
    }
    return dropped;
  }

  stats(): ReturnType<GroupMetadataCache["stats"]> {
    return this.#groups.stats();
  }

  #fold(fact: GroupFact): void {
    const { jid } = fact;
    switch (fact.kind) {
      case "whole":
        if (fact.buffered && this.#changed.get(jid)) return this.#groups.drop(jid);
        this.#left.delete(jid);
        return this.#groups.replace(fact.metadata);
      case "part": {
        const row = this.#groups.row(jid);
        // What is being asked for may have been answered before this change.
        if (row === undefined) return this.#groups.drop(jid);
        // Baileys' event buffer keeps only the first of several partial updates: what it said holds, and is confirmed.
        return this.#groups.keep(jid, { ...row.metadata, ...fact.part }, 0);
      }
      case "ephemeral": {
        const row = this.#groups.row(jid);
        if (row === undefined) return this.#groups.drop(jid);
        const { ephemeralDuration: _, ...rest } = row.metadata;
        const { seconds: ephemeralDuration } = fact;
        const next = ephemeralDuration === undefined ? rest : { ...rest, ephemeralDuration };
        return this.#groups.keep(jid, next, row.freshUntilMs);
      }
      case "participants":
        return this.#foldParticipants(jid, fact.action, fact.participants);
      case "unknown":
        return this.#groups.drop(jid);
    }
  }

  #foldParticipants(
    jid: string,
    action: ParticipantAction,
    participants: readonly Partial<GroupParticipant>[],
  ): void {
    this.#changed.set(jid, true);
    const isAboutUs = participants.some((one) =>
      formsOf(one).some((form) => this.#identities.isMe(form)),
    );
    if (isAboutUs && action === "remove") {
      this.#left.set(jid, true);
      return this.#groups.drop(jid);
    }
    if (isAboutUs && action === "add") this.#left.delete(jid);
    const row = this.#groups.row(jid);
    const next = row && foldParticipants(row.metadata, action, participants, this.#identities);
    if (row === undefined || next === undefined) return this.#groups.drop(jid);
    this.#groups.keep(jid, next, row.freshUntilMs);
  }

  #reconnected(): void {
    if (this.#clock.monotonic() - this.#closedAtMs > SHORT_GAP_MS) this.#groups.confirmAll();
    this.#closedAtMs = this.#clock.monotonic();
  }
}

function notRead(error: unknown): Error {
  if (error instanceof MotteError) return error;
  return new StoreKitError(
    "STORE_KIT_EVENT_UNREADABLE",
    "A part of an event about a group was not understood, and is left out",
    { cause: error },
  );
}
