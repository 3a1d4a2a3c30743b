import { setImmediate } from "node:timers/promises";
import type { Clock } from "@motte/core/clock";
import type { StoreParts } from "../bind/store-parts.ts";
import { inSteps } from "../messages/history-intake.ts";
import { type History, type HistoryPart, HistoryQueue } from "./history-queue.ts";
import { type Flush, slices } from "./slice-flush.ts";
import { snapshot } from "./snapshot.ts";

/** How long one turn of the event loop may be used. */
const TURN_MS = 8;

export interface IngestProgress {
  /** Chats, contacts and messages of the past that were taken in. */
  readonly done: number;
  readonly total: number;
}

export interface IngestOptions {
  readonly parts: StoreParts;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  readonly highWaterBytes: number;
  readonly onProgress: ((progress: IngestProgress) => void) | undefined;
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
  readonly #live: Flush[] = [];
  #liveWork: Promise<void> = Promise.resolve();
  #historyWork: Promise<void> = Promise.resolve();
  #isTakingLive = false;
  #isTakingHistory = false;
  #historyDone = 0;
  #historyTotal = 0;
  #longestTurnMs = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#history = new HistoryQueue(options.highWaterBytes);
  }

  get liveWaiting(): number {
    return this.#live.length;
  }

  get historyBytes(): number {
    return this.#history.bytes;
  }

  get progress(): IngestProgress {
    return { done: this.#historyDone, total: this.#historyTotal };
  }

  get longestTurnMs(): number {
    return this.#longestTurnMs;
  }

  /** Never throws. */
  take(flush: Flush): void {
    const { "messaging-history.set": history, ...live } = flush;
    this.#attempt(() => this.#takeHistory(history, live));
    this.#attempt(() => this.#takeLive(live));
    this.#startHistory();
  }

  /** Resolves when what happened now is taken in. Never rejects. */
  async liveDrained(): Promise<void> {
    await this.#liveWork;
  }

  /** Resolves when everything is taken in. Never rejects. */
  async drained(): Promise<void> {
    do {
      await this.#liveWork;
      await this.#historyWork;
    } while (this.#isTakingLive || this.#isTakingHistory);
  }

  #takeHistory(history: History | undefined, live: Flush): void {
    const before = this.#history.elements;
    if (typeof history === "object") this.#history.push(history);
    this.#historyTotal += this.#history.elements - before;
    const deleted = live["chats.delete"];
    if (!Array.isArray(deleted) || this.#history.elements === 0) return;
    const { identities } = this.#options.parts;
    const isSame = (a: string, b: string): boolean => a === b || identities?.same(a, b) === true;
    this.#history.forgetChats((jid) => deleted.some((one) => isSame(one, jid)));
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
    this.#noteTurn(startMs);
    if (taken === pieces.length) return;
    for (const piece of pieces.slice(taken)) this.#live.push(snapshot(piece));
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
        if (next !== undefined) this.#route(next);
        this.#live.shift();
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
    await setImmediate();
    for (;;) {
      await this.#liveWork;
      if (this.#history.packOne()) await setImmediate();
      const part = this.#history.shift();
      if (part === undefined) break;
      await this.#takePart(part);
    }
    this.#isTakingHistory = false;
  }

  async #takePart(part: HistoryPart): Promise<void> {
    const { clock, report, parts } = this.#options;
    const done = this.#historyDone;
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
      await people(part.messages, (messages) => ({ messages }));
      await this.#lookUp(part);
      await parts.messages?.ingestHistory(part.messages);
    } catch (error) {
      report(error);
    }
    const { chats, contacts, lidPnMappings, messages } = part;
    this.#historyDone =
      done + chats.length + contacts.length + lidPnMappings.length + messages.length;
    this.#attempt(() => this.#options.onProgress?.(this.progress));
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
    this.#noteTurn(startMs);
  }

  #route(flush: Flush): void {
    const { messages, chats, reactions, receipts, contacts, labels, presence } =
      this.#options.parts;
    for (const part of [chats, messages, reactions, receipts, contacts, labels, presence]) {
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
