import type { Clock } from "@motte/core/clock";
import { encodedMessage } from "./encoded-message.ts";
import { MockServerError } from "../errors.ts";
import { Waiters } from "../waiters.ts";
import { proto } from "../wire/baileys.ts";

/** A message as it was sent, kept so that it can be encrypted again for a device that could not read it. */
export interface SentMessage {
  readonly id: string;
  /** The chat it was sent to. */
  readonly to: string;
  readonly message: proto.IMessage;
  /** The attributes of its stanza, beyond `id` and `to`. */
  readonly attrs: Readonly<Record<string, string>>;
  /** How many clients it went to. */
  readonly clients: number;
}

/** What came of a message. */
export interface MessageFate {
  readonly id: string;
  /** A client has confirmed it. */
  readonly delivered: boolean;
  /** The errors clients refused it with. */
  readonly refusals: readonly string[];
}

interface Fate {
  readonly message: SentMessage;
  delivered: boolean;
  /** The error each device that refused it gave. */
  readonly refusals: Map<string, string>;
}

/** Each message encoded. */
export type OutboxSnapshot = readonly (Omit<SentMessage, "message"> & {
  readonly message: Buffer;
  readonly delivered: boolean;
  readonly refusals: readonly (readonly [string, string])[];
})[];

/** What a virtual device has sent, and what came of it. */
export class Outbox {
  readonly #fates = new Map<string, Fate>();
  readonly #waiters: Waiters<Fate>;

  constructor(clock: Clock) {
    this.#waiters = new Waiters(clock);
  }

  add(message: SentMessage): void {
    this.#fates.set(message.id, { message, delivered: false, refusals: new Map() });
  }

  get(id: string): SentMessage | undefined {
    return this.#fates.get(id)?.message;
  }

  /** Every message somebody wrote to a client, oldest first, and what came of it. Not what devices tell each other. */
  get fates(): readonly MessageFate[] {
    return [...this.#fates.values()]
      .filter(({ message: { clients, attrs } }) => clients > 0 && attrs["category"] !== "peer")
      .map(({ message, delivered, refusals }) => ({
        id: message.id,
        delivered,
        refusals: [...refusals.values()],
      }));
  }

  onDelivered(id: string, _type?: string): void {
    this.#update(id, (fate) => {
      fate.delivered = true;
    });
  }

  onRefused(id: string, deviceJid: string, error: string): void {
    this.#update(id, (fate) => fate.refusals.set(deviceJid, error));
  }

  /** Resolves once a client has confirmed the message. Rejects when every one has refused it, or in the end. */
  async delivered(id: string, timeoutMs: number, describe: () => string): Promise<void> {
    const known = this.#fates.get(id);
    if (known === undefined) {
      throw new MockServerError(
        "MOCK_UNKNOWN_MESSAGE",
        "No message with this id was sent: pass the id that say() returned",
      );
    }
    const fate = isDecided(known) ? known : await this.#decision(known, timeoutMs, describe);
    if (fate.delivered) return;
    throw new MockServerError(
      "MOCK_MESSAGE_REFUSED",
      `The client refused the message with error ${[...fate.refusals.values()].join()}. Baileys answers 487 when it has read the same copy before, on a connection that was lost before it could say so.\n${describe()}`,
    );
  }

  toSnapshot(): OutboxSnapshot {
    return [...this.#fates.values()].map(({ message: sent, delivered, refusals }) => ({
      ...sent,
      message: encodedMessage(sent.message),
      delivered,
      refusals: [...refusals],
    }));
  }

  fromSnapshot(snapshot: OutboxSnapshot): void {
    this.#fates.clear();
    for (const { delivered, refusals, message, ...sent } of snapshot) {
      this.#fates.set(sent.id, {
        message: { ...sent, message: proto.Message.decode(message) },
        delivered,
        refusals: new Map(refusals),
      });
    }
  }

  close(error: Error): void {
    this.#waiters.close(error);
  }

  #decision(fate: Fate, timeoutMs: number, describe: () => string): Promise<Fate> {
    return this.#waiters.wait({
      matches: (each) => each.message.id === fate.message.id,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No client confirmed the message within ${timeoutMs} ms. What the server saw:\n${describe()}`,
        ),
    });
  }

  #update(id: string, change: (fate: Fate) => unknown): void {
    const fate = this.#fates.get(id);
    if (fate === undefined) return;
    change(fate);
    if (isDecided(fate)) this.#waiters.announce(fate);
  }
}

function isDecided({ delivered, refusals, message }: Fate): boolean {
  return delivered || (refusals.size > 0 && refusals.size >= message.clients);
}
