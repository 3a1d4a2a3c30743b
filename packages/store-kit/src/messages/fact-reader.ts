import { UsageError } from "@motte/core/errors";
import type { WAMessage } from "@whiskeysockets/baileys";
import type { MessageEvents } from "./event-feed.ts";
import type { FoldRules } from "./fold-facts.ts";
import { type MessageFact, factsOf } from "./message-facts.ts";
import type { MessageOrigin } from "./message-row.ts";
import { type ReadEvents, attempt, readEvents } from "./read-events.ts";
import type { StoreRules } from "./store-options.ts";

/** What is outside the store and decides about facts. */
export type WriteRules = Pick<FoldRules, "nowMs" | "isGroupAdmin">;

/** Facts to write, and by which rules: the moment at which they were read is part of both. */
export interface ReadFacts {
  readonly facts: readonly MessageFact[];
  readonly rules: WriteRules;
}

/** Reads facts out of whatever reaches a store. */
export class FactReader {
  readonly #rules: StoreRules;

  constructor(rules: StoreRules) {
    this.#rules = rules;
  }

  /** @throws UsageError for a message that is not the account's own. */
  ofSent(message: WAMessage): ReadFacts {
    assertOwn(message);
    const { nowMs, rules } = this.#now();
    return { facts: factsOf(message, "sent", { ...this.#rules, nowMs }), rules };
  }

  /** Messages of the past. One that makes no sense is reported and left out. */
  ofPast(messages: readonly WAMessage[]): ReadFacts {
    const { nowMs, rules } = this.#now();
    const context = { ...this.#rules, nowMs };
    const facts: MessageFact[] = [];
    for (const message of messages) {
      attempt(this.#rules, () => facts.push(...factsOf(message, originOf(message), context)));
    }
    return { facts, rules };
  }

  /** One flush of Baileys' events. What makes no sense is reported and left out. */
  ofEvents(events: MessageEvents): ReadEvents & ReadFacts {
    const { nowMs, rules } = this.#now();
    const context = { ...this.#rules, nowMs };
    const read = readEvents(events, {
      ...context,
      factsOf: (message) => factsOf(message, originOf(message), context),
    });
    return { ...read, rules };
  }

  #now(): { readonly nowMs: number; readonly rules: WriteRules } {
    this.#rules.me.refresh();
    const nowMs = this.#rules.clock.now();
    return { nowMs, rules: { nowMs, isGroupAdmin: this.#rules.isGroupAdmin } };
  }
}

function originOf({ key }: WAMessage): MessageOrigin {
  return key.fromMe ? "own" : "inbound";
}

function assertOwn({ key }: WAMessage): void {
  if (key.fromMe && key.id && key.remoteJid) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "recordSent takes a message of the account itself, with key.fromMe, key.id and key.remoteJid",
  );
}
