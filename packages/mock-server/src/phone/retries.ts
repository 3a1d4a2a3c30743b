import { type ServerContext, unixTime } from "../context.ts";
import { takeBundle } from "../key-bundles.ts";
import { node } from "../replies.ts";
import { attr, child, requiredAttr } from "../wire/binary-node.ts";
import type { PlayedDevice } from "../world/device.ts";
import { readRetryBundle } from "../world/pre-key-bundle.ts";
import type { Arrived } from "./arrivals.ts";
import type { Incoming } from "./incoming.ts";
import type { MessageWriter } from "./message-writer.ts";
import type { Outbox } from "./outbox.ts";
import { postMessage, postReceipt } from "./posting.ts";
import { retryRequest } from "./receipt-stanzas.ts";
import { messageForOne, namesForOne } from "./resending.ts";
import { type SignalPeer, addressOf } from "./signal-peer.ts";

export interface RetriesParts {
  readonly sender: PlayedDevice & { readonly peer: SignalPeer };
  readonly writer: MessageWriter;
  readonly outbox: Outbox;
  /** Lets nothing else be encrypted and posted meanwhile. */
  readonly inTurn: (send: () => Promise<void>) => Promise<void>;
  readonly context: ServerContext;
}

/** How often which message was asked for again. */
export type RetriesSnapshot = readonly (readonly [failure: string, count: number])[];

const MAX_RETRIES = 5;

/** What a device does about messages that could not be read, its own and those of others. */
export class Retries {
  readonly #parts: RetriesParts;
  readonly #failures = new Map<string, number>();

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  /** Encrypts a kept message for the one device that could not read it, always in a new session. */
  async answer({ stanza: receipt, author: device }: Incoming): Promise<void> {
    const { sender, writer, outbox, inTurn, context } = this.#parts;
    const sent = outbox.get(requiredAttr(receipt, "id"));
    const retry = child(receipt, "retry");
    const count = (retry && attr(retry, "count")) ?? "1";
    const requesterJid = attr(receipt, "participant") ?? requiredAttr(receipt, "from");
    if (sent === undefined || Number(count) > MAX_RETRIES) return;
    await inTurn(async () => {
      const bundle = readRetryBundle(receipt) ?? takeBundle(device, context);
      await sender.peer.startSession(addressOf(device), bundle);
      const message = messageForOne(sent, device, sender);
      const enc = await writer.seal({ device, message }, { count });
      const { id, attrs } = sent;
      const names = namesForOne(sent, { device, jid: requesterJid }, sender);
      const content = [enc, ...writer.identity([enc])];
      postMessage(node("message", { id, ...attrs, ...names }, content), this.#parts);
    });
  }

  /** Asks the sender to encrypt a message again; from the second time with our keys, as real clients do. */
  request({ stanza, author }: Pick<Arrived, "stanza" | "author">): void {
    const { sender, context } = this.#parts;
    const id = requiredAttr(stanza, "id");
    const key = failureOf(author, id);
    const count = (this.#failures.get(key) ?? 0) + 1;
    if (count > MAX_RETRIES) return;
    this.#failures.set(key, count);
    const t = unixTime(context.clock);
    const bundle = count > 1 ? sender.nextBundle() : undefined;
    const { registrationId } = sender.peer;
    const recipient = attr(stanza, "recipient");
    const chat = recipient === undefined ? {} : { recipient };
    const request = retryRequest({ id, count, t, registrationId, bundle });
    postReceipt(stanza, this.#parts, { type: "retry", ...chat }, request);
  }

  /** Whether this message was asked for again. */
  requested({ stanza, author }: Pick<Arrived, "stanza" | "author">): boolean {
    return this.#failures.has(failureOf(author, requiredAttr(stanza, "id")));
  }

  toSnapshot(): RetriesSnapshot {
    return [...this.#failures];
  }

  fromSnapshot(snapshot: RetriesSnapshot): void {
    this.#failures.clear();
    for (const [failure, count] of snapshot) this.#failures.set(failure, count);
  }
}

function failureOf(author: string, id: string): string {
  return `${author} ${id}`;
}
