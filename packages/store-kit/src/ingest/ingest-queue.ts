import { setImmediate } from "node:timers/promises";
import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import type { StoreParts } from "../bind/store-parts.ts";
import { Pace, inSteps } from "../messages/history-intake.ts";
import { withoutAbsorbed } from "./absorbed-unread.ts";
import type { HistoryRules } from "./history-policy.ts";
import { type HistoryBytes, HistoryQueue } from "./history-queue.ts";
import type { HistorySpool } from "./history-spool.ts";
import type { History, HistoryPart } from "./packed-history.ts";
import { type Flush, slices } from "./slice-flush.ts";
import { snapshot } from "./snapshot.ts";
import { weigh } from "./weigh.ts";

/** How long one turn of the event loop may be used. */
const TURN_MS = 8;

export interface IngestProgress {
  /** Chats, contacts and messages of the past that were taken in. */
  readonly done: number;
  readonly total: number;
  /** Messages that were dropped because more waited than may: the oldest of each chat. */
  readonly shed: number;
}

/** That nothing of the past waits any more. */
export interface HistoryDrained extends IngestProgress {
  /** What Baileys said last of what the phone still has to send; `undefined` while it said nothing. */
  readonly status: "complete" | "paused" | undefined;
}

/** About what waits, in bytes. */
export interface WaitingBytes extends HistoryBytes {
  /** Of what happens now: parts of large flushes. */
  readonly live: number;
}

export interface IngestOptions {
  readonly parts: StoreParts;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  readonly history: HistoryRules;
  readonly spool: HistorySpool | undefined;
  readonly durable: boolean;
  readonly onProgress: ((progress: IngestProgress) => void) | undefined;
  readonly onDrained: ((drained: HistoryDrained) => void) | undefined;
}

/**
 * Hands flushes to the stores: what happens now before what is past, and never for long at a time.
 *
 * A flush is taken in before `take` returns, unless it is larger than a turn allows; then a copy of the rest waits for
 * the next turns. Who is who and who is in a group never waits: a send in between must not reach a removed member.
 */
export class IngestQueue {
  readonly #options: IngestOptions;
  readonly #history: HistoryQueue;
  readonly #live: { readonly flush: Flush; readonly bytes: number }[] = [];
  #liveBytes = 0;
  #liveWork: Promise<void> = Promise.resolve();
  #historyWork: Promise<void> = Promise.resolve();
  #isTakingLive = false;
  #isTakingHistory = false;
  #isInBatch = false;
  /** Of all but the message store, which has its own. */
  readonly #pace = new Pace();
  #erasing: Promise<unknown> = Promise.resolve();
  #historyDone = 0;
  #historyTotal = 0;
  #historyStatus: HistoryDrained["status"];
  #longestTurnMs = 0;

  constructor(options: IngestOptions) {
    const { history: rules, spool, durable, clock, report, parts } = options;
    this.#options = options;
    this.#history = new HistoryQueue({
      rules,
      spool,
      durable,
      nowMs: () => clock.now(),
      report,
      isSameChat: (a, b) => a === b || parts.identities?.same(a, b) === true,
    });
    // What a process before this one did not get to.
    this.#historyTotal = this.#history.elements;
    this.#startHistory();
  }

  get liveWaiting(): number {
    return this.#live.length;
  }

  get bytes(): WaitingBytes {
    return { live: this.#liveBytes, ...this.#history.bytes };
  }

  get progress(): IngestProgress {
    return { done: this.#historyDone, total: this.#historyTotal, shed: this.#history.shed };
  }

  get longestTurnMs(): number {
    return this.#longestTurnMs;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#live.length === 0 && this.#history.elements === 0;
  }

  /** Never throws. */
  take(flush: Flush): void {
    const startMs = this.#options.clock.monotonic();
    const { "messaging-history.set": history, ...live } = flush;
    this.#attempt(() => this.#takeHistory(history, live));
    this.#attempt(() => this.#takeLive(live));
    this.#startHistory();
    this.#noteTurn(startMs);
  }

  /** Resolves when what happened now is taken in. Never rejects. */
  async liveDrained(): Promise<void> {
    await this.#liveWork;
  }

  /** Resolves when everything is taken in, or cannot be for now. Never rejects. */
  async drained(): Promise<void> {
    do {
      await this.#liveWork;
      await this.#historyWork;
    } while (this.#isTakingLive || this.#isTakingHistory);
  }

  /**
   * Drops what waits of somebody, on disk too, in steps of a few milliseconds. Says how many elements that were.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  async eraseUser(isTheirs: (jid: string | null | undefined) => boolean): Promise<number> {
    await this.#liveWork;
    const before = this.#erasing;
    const work = before.then(() => this.#erase(isTheirs));
    this.#erasing = Promise.allSettled([work]);
    return work;
  }

  async #erase(isTheirs: (jid: string | null | undefined) => boolean): Promise<number> {
    // What is being taken in is in no queue, and soon in the stores.
    while (this.#isInBatch) await setImmediate();
    await this.#history.prepare();
    let erased = 0;
    for (const gone of this.#history.erased(isTheirs)) {
      erased += gone;
      await setImmediate();
    }
    this.#historyDone += erased;
    await this.#options.spool?.scrub();
    return erased;
  }

  #takeHistory(history: History | undefined, live: Flush): void {
    const status = live["messaging-history.status"]?.status;
    if (status === "complete" || status === "paused") this.#historyStatus = status;
    if (typeof history === "object" && history !== null) {
      this.#historyTotal += this.#history.push(withoutAbsorbed(history, live));
    }
    const deleted = live["chats.delete"];
    if (Array.isArray(deleted) && this.#history.elements > 0) this.#history.forgetChats(deleted);
  }

  #takeLive(live: Flush): void {
    const { identities, groups } = this.#options.parts;
    this.#attempt(() => identities?.ingest(live));
    this.#attempt(() => groups?.ingest(live));
    const pieces = slices(live);
    const startMs = this.#options.clock.monotonic();
    let taken = 0;
    while (this.#live.length === 0 && taken < pieces.length && this.#hasTime(startMs)) {
      const piece = pieces[taken++];
      if (piece !== undefined) this.#route(piece);
    }
    if (taken === pieces.length) return;
    for (const piece of pieces.slice(taken)) {
      const waiting = { flush: snapshot(piece), bytes: weigh(piece) };
      this.#live.push(waiting);
      this.#liveBytes += waiting.bytes;
    }
    if (!this.#isTakingLive) this.#liveWork = this.#takeWaiting();
  }

  async #takeWaiting(): Promise<void> {
    this.#isTakingLive = true;
    while (this.#live.length > 0) {
      await setImmediate();
      const startMs = this.#options.clock.monotonic();
      do {
        // Taken off only afterwards: what comes meanwhile must find the queue in use.
        const [next] = this.#live;
        if (next !== undefined) this.#route(next.flush);
        this.#live.shift();
        this.#liveBytes -= next?.bytes ?? 0;
      } while (this.#live.length > 0 && this.#hasTime(startMs));
      this.#noteTurn(startMs);
    }
    this.#isTakingLive = false;
  }

  #startHistory(): void {
    if (this.#isTakingHistory || this.#history.elements === 0) return;
    this.#historyWork = this.#takePast();
  }

  async #takePast(): Promise<void> {
    this.#isTakingHistory = true;
    try {
      await setImmediate();
      await this.#history.prepare();
      for (;;) {
        await this.#liveWork;
        await this.#erasing;
        if (this.#relieve()) {
          await setImmediate();
          continue;
        }
        const batch = this.#history.next();
        if (batch === undefined) {
          const left = this.#history.elements;
          // Erased text would live on in what the spool gave back.
          await this.#options.spool?.scrub();
          // What came meanwhile found this at work and did not start it again.
          if (this.#history.elements === left) break;
          continue;
        }
        this.#isInBatch = true;
        try {
          await this.#takePart(batch.part);
        } catch (error) {
          batch.back();
          throw error;
        } finally {
          this.#isInBatch = false;
        }
        batch.done();
        this.#historyDone += batch.elements;
        this.#attempt(() => this.#options.onProgress?.(this.progress));
      }
    } catch (error) {
      // A disk that refuses now may not later: what waits is tried again when something comes.
      this.#options.report(error);
    }
    this.#isTakingHistory = false;
    if (this.#history.elements > 0) return;
    const drained = { ...this.progress, status: this.#historyStatus };
    this.#attempt(() => this.#options.onDrained?.(drained));
  }

  /** Keeps the bounds for a turn; says whether there may be more to do. */
  #relieve(): boolean {
    const startMs = this.#options.clock.monotonic();
    let did = false;
    do {
      if (!this.#history.relieve()) return did;
      did = true;
    } while (this.#hasTime(startMs));
    this.#noteTurn(startMs);
    return true;
  }

  /** Rejects when nothing can be stored now. What one store or one message does wrong keeps no other from it. */
  async #takePart(part: HistoryPart): Promise<void> {
    const { clock, report, parts } = this.#options;
    try {
      const people = async <T>(
        items: readonly T[],
        history: (step: T[]) => History,
      ): Promise<void> => {
        await inSteps(items, clock, (step) => this.#routePast(history([...step])), {});
      };
      await people(part.lidPnMappings, (lidPnMappings) => ({ lidPnMappings }));
      await people(part.contacts, (contacts) => ({ contacts }));
      await people(part.chats, (chats) => ({ chats }));
      await inSteps(
        part.messages,
        clock,
        (step) => this.#routePast({ messages: [...step] }),
        {},
        this.#pace,
      );
      await this.#lookUp(part);
      if (part.messages.length > 0) await parts.messages?.ingestHistory(part.messages);
    } catch (error) {
      // A store that is closed takes in nothing either, and what it did not take must not leave the spool.
      if (hasCode(error, "STORE_KIT_UNAVAILABLE") || hasCode(error, "USAGE_CLOSED")) throw error;
      report(error);
    }
  }

  /** Baileys' event buffer drops the pairs of a history; its auth state has them. */
  async #lookUp({ chats }: HistoryPart): Promise<void> {
    const { identities } = this.#options.parts;
    const lids = chats
      .flatMap(({ id }) => id ?? [])
      .filter((id) => id.endsWith("@lid") && identities?.pnOf(id) === undefined);
    if (lids.length > 0) await identities?.resolveMany(lids, { want: "pn" });
  }

  /** To everybody but the message store, which has its own way of taking the past. */
  #routePast(history: History): void {
    const startMs = this.#options.clock.monotonic();
    const { chats = [], contacts = [], messages = [], lidPnMappings } = history;
    const past = { chats, contacts, messages, ...(lidPnMappings && { lidPnMappings }) };
    const flush: Flush = { "messaging-history.set": past };
    const { parts } = this.#options;
    parts.identities?.ingest(flush);
    if (chats.length > 0) parts.chats?.ingest(flush);
    if (contacts.length > 0) parts.contacts?.ingest(flush);
    if (messages.some((message) => message.reactions?.length)) parts.reactions?.ingest(flush);
    if (messages.some((message) => message.starred)) parts.stars?.ingest(flush);
    this.#noteTurn(startMs);
  }

  #route(flush: Flush): void {
    const { messages, chats, reactions, receipts, contacts, labels, stars, presence } =
      this.#options.parts;
    for (const part of [chats, messages, reactions, receipts, contacts, labels, stars, presence]) {
      this.#attempt(() => part?.ingest(flush));
    }
  }

  #hasTime(startMs: number): boolean {
    return this.#options.clock.monotonic() - startMs < TURN_MS;
  }

  #noteTurn(startMs: number): void {
    const tookMs = this.#options.clock.monotonic() - startMs;
    this.#longestTurnMs = Math.max(this.#longestTurnMs, tookMs);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.report(error);
    }
  }
}
