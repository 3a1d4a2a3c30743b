import type { Clock } from "@motte/core/clock";
import { Emitter, type Event } from "@motte/core/events";
import { MockServerError } from "../errors.ts";
import { encodedMessage } from "./encoded-message.ts";
import { Waiters } from "../waiters.ts";
import { proto } from "../wire/baileys.ts";
import { attr, requiredAttr } from "../wire/binary-node.ts";
import type { EncryptionKind } from "../world/primary-device.ts";
import type { Incoming } from "./incoming.ts";
import type { OpenedMessage } from "./message-reader.ts";
import { messageText } from "./message-text.ts";

/** A message a virtual device received and decrypted. */
export interface ReceivedMessage {
  /** As its sender chose it. */
  readonly id: string;
  /** The sender's user JID on the phone-number server. */
  readonly from: string;
  /** The same user under the hidden id. */
  readonly fromLid: string;
  /** The sender's device: 0 is a phone, others are linked clients. */
  readonly device: number;
  /** Where it was said: the sender's user JID, or the group's. */
  readonly chat: string;
  /** Its text or caption, if it has one. */
  readonly text: string | undefined;
  /** All of it, decrypted. */
  readonly message: proto.IMessage;
  /** How it was encrypted: `pkmsg` starts a Signal session, `msg` goes on with one, `skmsg` is for a whole group. */
  readonly kind: EncryptionKind;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** Which message, and how long to wait for it. */
export interface ReceiveOptions {
  /** @defaultValue any message */
  readonly where?: (message: ReceivedMessage) => boolean;
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

/** Each message encoded. */
export type InboxSnapshot = readonly (Omit<ReceivedMessage, "message"> & {
  readonly message: Buffer;
  readonly taken: boolean;
})[];

/** Messages in the order they came. Each can be taken once. */
export class Inbox {
  readonly #waiters: Waiters<ReceivedMessage>;
  readonly #emitter = new Emitter<ReceivedMessage>();
  #messages: ReceivedMessage[] = [];
  #untaken: ReceivedMessage[] = [];
  readonly #known = new Set<string>();

  constructor(clock: Clock) {
    this.#waiters = new Waiters(clock);
  }

  get messages(): readonly ReceivedMessage[] {
    return this.#messages;
  }

  get onMessage(): Event<ReceivedMessage> {
    return this.#emitter.event;
  }

  /** Somebody wants to hear of the next message when it comes. */
  get watched(): boolean {
    return this.#waiters.size > 0 || this.#emitter.listenerCount > 0;
  }

  /** False when this sender has sent a message with this id before. */
  add(message: ReceivedMessage): boolean {
    const name = nameOf(message);
    if (this.#known.has(name)) return false;
    this.#known.add(name);
    this.#messages.push(message);
    if (!this.#waiters.give(message)) this.#untaken.push(message);
    this.#emitter.emit(message);
    return true;
  }

  /** Drops every trace of a message, so that it can come again. */
  forget(id: string): void {
    for (const each of this.#messages) if (each.id === id) this.#known.delete(nameOf(each));
    this.#messages = this.#messages.filter((message) => message.id !== id);
    this.#untaken = this.#untaken.filter((message) => message.id !== id);
  }

  /** The first message that suits and was not taken, now or when it comes. */
  async take(options: ReceiveOptions, describe: () => string): Promise<ReceivedMessage> {
    const { where: matches = () => true, timeoutMs = 10_000 } = options;
    const known = this.#untaken.find(matches);
    if (known !== undefined) {
      this.#untaken = this.#untaken.filter((each) => each !== known);
      return known;
    }
    return this.#waiters.wait({
      matches,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No such message within ${timeoutMs} ms (${this.#messages.length} came in all). What the server saw:\n${describe()}`,
        ),
    });
  }

  toSnapshot(): InboxSnapshot {
    const untaken = new Set(this.#untaken);
    return this.#messages.map((each) => ({
      ...each,
      message: encodedMessage(each.message),
      taken: !untaken.has(each),
    }));
  }

  /** Those who wait go on waiting for messages to come. */
  fromSnapshot(snapshot: InboxSnapshot): void {
    this.#messages = [];
    this.#untaken = [];
    this.#known.clear();
    for (const { taken, message, ...rest } of snapshot) {
      const received = { ...rest, text: rest.text, message: proto.Message.decode(message) };
      this.#known.add(nameOf(received));
      this.#messages.push(received);
      if (!taken) this.#untaken.push(received);
    }
  }

  close(error: Error): void {
    this.#waiters.close(error);
  }
}

/** A message as its receiver keeps it; nothing for one that says nothing. */
export function receivedMessage(
  { stanza, author, at }: Incoming,
  { message, kind }: OpenedMessage,
): ReceivedMessage | undefined {
  if (Object.keys(message).every((field) => SILENT_FIELDS.includes(field))) return undefined;
  const from = requiredAttr(stanza, "from");
  return {
    id: requiredAttr(stanza, "id"),
    from: author.account.pn,
    fromLid: author.account.lid,
    device: author.device,
    chat: attr(stanza, "participant") === undefined ? author.account.pn : from,
    text: messageText(message),
    message,
    kind,
    at,
  };
}

/** Fields that come with a message and are not its content: a sender's key alone says nothing. */
const SILENT_FIELDS: readonly string[] = ["senderKeyDistributionMessage", "messageContextInfo"];

/** Senders choose their ids, so two may choose the same. */
function nameOf({ id, from, device }: ReceivedMessage): string {
  return `${device} ${from} ${id}`;
}
