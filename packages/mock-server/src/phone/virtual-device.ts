import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { SeededRandom } from "@motte/core/random";
import { type ServerContext, unixTime } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { takeBundle } from "../key-bundles.ts";
import { node } from "../replies.ts";
import { deviceAt } from "../routing/device-at.ts";
import { routeMessage } from "../routing/messages.ts";
import { receiptIds } from "../routing/receipt-ids.ts";
import { routeReceipt } from "../routing/receipts.ts";
import { SeededStream } from "../seed/seeded-stream.ts";
import { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, child, requiredAttr } from "../wire/binary-node.ts";
import type { KeyPair } from "../wire/curve.ts";
import { LID_SERVER, parseJid, userJid } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { Device, PlayedDevice } from "../world/device.ts";
import { type PreKeyBundle, readRetryBundle } from "../world/pre-key-bundle.ts";
import type { MessageReference } from "./content/message-reference.ts";
import { composeFor } from "./fan-out.ts";
import { encodedMessage } from "./encoded-message.ts";
import { Inbox, type InboxSnapshot } from "./inbox.ts";
import { messageKind } from "./message-kind.ts";
import { type OpenedMessage, openMessage } from "./message-reader.ts";
import { messageText } from "./message-text.ts";
import { MessageWriter } from "./message-writer.ts";
import { Outbox, type OutboxSnapshot } from "./outbox.ts";
import { messageForOne, namesForOne } from "./resending.ts";
import { receiptAbout, retryRequest } from "./receipt-stanzas.ts";
import { SignalPeer, type SignalPeerSnapshot, addressOf } from "./signal-peer.ts";

/** A message one of the person's own clients sent, as this device got its copy. */
export interface SentCopy {
  readonly id: string;
  /** The chat it was sent to, as the client wrote it. */
  readonly to: string;
  readonly text: string | undefined;
  readonly message: proto.IMessage;
  /** The client's device. */
  readonly device: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** How a virtual person's messages name their sender. */
export type Addressing = "pn" | "lid";

export interface VirtualDeviceParts {
  readonly account: Account;
  readonly device: number;
  /** Makes the signed identity of a linked device from its identity key. */
  readonly deviceIdentity?: (identity: KeyPair) => Buffer;
  readonly seed: SeededRandom;
  readonly context: ServerContext;
}

/** A message that came, kept so that it can be asked for again. */
interface Arrived {
  readonly stanza: BinaryNode;
  /** The JID of the device that wrote it, by LID. */
  readonly author: string;
  readonly message: proto.IMessage;
}

/** Messages encoded. */
export interface VirtualDeviceSnapshot {
  readonly deviceIdentity?: Buffer | undefined;
  readonly messageIds: number;
  readonly signal: SignalPeerSnapshot;
  readonly inbox: InboxSnapshot;
  readonly outbox: OutboxSnapshot;
  readonly sentCopies: readonly (Omit<SentCopy, "message"> & { readonly message: Buffer })[];
  readonly failures: readonly (readonly [string, number])[];
  readonly arrived: readonly (Omit<Arrived, "message"> & {
    readonly id: string;
    readonly message: Buffer;
  })[];
}

const MAX_RETRIES = 5;
/** Receipt types that say the client has the message. Absent is the plain delivery receipt. */
const DELIVERED_TYPES: readonly (string | undefined)[] = [undefined, "inactive", "read", "played"];

/** A device of a person, run by the server with real Signal sessions, that reads and writes stanzas as a client does. */
export class VirtualDevice implements PlayedDevice {
  readonly played = true;
  readonly account: Account;
  readonly device: number;
  deviceIdentity: Buffer | undefined;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly sentCopies: SentCopy[] = [];
  protected readonly context: ServerContext;
  readonly #messageIds: SeededStream;
  #peer: SignalPeer;
  #writer: MessageWriter;
  readonly #sending = new KeyedMutex();
  readonly #failures = new Map<string, number>();
  readonly #arrived = new Map<string, Arrived>();
  #reading: Promise<void> = Promise.resolve();

  constructor({ account, device, deviceIdentity, seed, context }: VirtualDeviceParts) {
    this.account = account;
    this.device = device;
    this.context = context;
    this.#messageIds = new SeededStream(seed.fork("message-ids"));
    this.#peer = new SignalPeer(seed.fork("signal"));
    this.deviceIdentity = deviceIdentity?.(this.peer.identity);
    this.inbox = new Inbox(context.realClock);
    this.outbox = new Outbox(context.realClock);
    this.#writer = new MessageWriter({ sender: this, peer: this.peer, context });
  }

  /** Its keys and Signal sessions. */
  get peer(): SignalPeer {
    return this.#peer;
  }

  get pushName(): string {
    return this.account.name;
  }

  jidOn(server: string): string {
    return this.account.jidOn(server, this.device);
  }

  nextBundle(): PreKeyBundle {
    return this.peer.nextBundle();
  }

  newMessageId(): string {
    return this.context.messageId((length) => this.#messageIds.bytes(length));
  }

  /** Reads a stanza once those before it are done. */
  deliver(stanza: BinaryNode): void {
    this.#reading = this.#reading
      .then(() => this.#read(stanza))
      .catch((error: unknown) => {
        this.context.logger.error({ err: error, tag: stanza.tag }, "a virtual device failed");
        this.context.unheard.add(error);
      });
    void this.context.work.during(this.#reading);
  }

  /**
   * Sends a message to everybody in a chat, and keeps it for retries. `to` is the JID of a user or a group; who sees
   * it by which name follows from it. Rejects with `MOCK_MESSAGE_NOT_ACCEPTED` when the server will not take it.
   */
  async send(
    message: proto.IMessage,
    { id, to }: { readonly id: string; readonly to: string },
  ): Promise<void> {
    if (this.context.world.byPhoneNumber(this.account.phoneNumber) !== this.account) {
      throw notInWorld();
    }
    if (this.account.device(this.device) !== this) {
      throw new MockServerError(
        "MOCK_NO_COMPANION",
        "This device was unlinked and can no longer write",
      );
    }
    const { type, edit, enc } = messageKind(message);
    const attrs = { type, ...(edit === undefined ? {} : { edit }) };
    // One at a time, so that messages arrive in the order they were said.
    await this.#inTurn(async () => {
      const fanOut = composeFor(to, message, { sender: this, context: this.context });
      this.outbox.add({ id, to, message, attrs, clients: fanOut.clients });
      this.context.journal.attachPlain(this.account, id, message);
      const content = await fanOut.seal(this.#writer, this.peer.senderKeys, enc);
      this.#post(node("message", { id, to, ...attrs, ...fanOut.attrs }, content));
    });
  }

  /** Sends a message of the phone itself, like keys or history, to one of its own devices. Resolves with its id. */
  protected async sendToOwn(device: Device, message: proto.IMessage): Promise<string> {
    // The LID: Baileys looks for the session with its own phone there once it knows its LID.
    const to = device.jidOn(LID_SERVER);
    const id = this.newMessageId();
    const attrs = { type: "protocol", category: "peer" };
    await this.#inTurn(async () => {
      this.outbox.add({ id, to, message, attrs, clients: 1 });
      this.context.journal.attachPlain(this.account, id, message);
      const enc = await this.#writer.seal({ device, message });
      this.#post(node("message", { id, to, ...attrs }, [enc]));
    });
    return id;
  }

  /** A message that was sent or came, as another one points at it. Throws `MOCK_UNKNOWN_MESSAGE`. */
  reference(id: string): MessageReference {
    const sent = this.outbox.get(id);
    if (sent !== undefined) return { id, chat: sent.to, message: sent.message };
    const { stanza, message } = this.#arrivedMessage(id);
    const from = requiredAttr(stanza, "from");
    const participant = attr(stanza, "participant");
    if (participant !== undefined) {
      return { id, chat: from, author: userJid(parseJid(participant)), message };
    }
    const chat = userJid(parseJid(from));
    return { id, chat, author: chat, message };
  }

  /** Sends a receipt about a message that came, like `read`. Throws `MOCK_UNKNOWN_MESSAGE`. */
  sendReceipt(id: string, type: string): void {
    this.#receipt(this.#arrivedMessage(id).stanza, { type });
  }

  /** Asks a client to send a message once more, as an app does that has lost it. Throws `MOCK_UNKNOWN_MESSAGE`. */
  requestAgain(id: string): void {
    const { stanza, author } = this.#arrivedMessage(id);
    this.inbox.forget(id);
    this.#askAgain(stanza, author);
  }

  /** Starts over with keys of a new seed and no session with anybody. */
  renewKeys(seed: SeededRandom): void {
    this.#peer = new SignalPeer(seed.fork("signal"));
    this.#writer = new MessageWriter({ sender: this, peer: this.#peer, context: this.context });
  }

  refused(id: string, by: Device, error: string): void {
    this.outbox.onRefused(id, by.jidOn(LID_SERVER), error);
  }

  toSnapshot(): VirtualDeviceSnapshot {
    return {
      deviceIdentity: this.deviceIdentity,
      messageIds: this.#messageIds.toSnapshot(),
      signal: this.peer.toSnapshot(),
      inbox: this.inbox.toSnapshot(),
      outbox: this.outbox.toSnapshot(),
      sentCopies: this.sentCopies.map((copy) => ({
        ...copy,
        message: encodedMessage(copy.message),
      })),
      failures: [...this.#failures],
      arrived: [...this.#arrived].map(([id, { stanza, author, message }]) => {
        return { id, stanza, author, message: encodedMessage(message) };
      }),
    };
  }

  fromSnapshot(snapshot: VirtualDeviceSnapshot): void {
    this.deviceIdentity = snapshot.deviceIdentity;
    this.#messageIds.fromSnapshot(snapshot.messageIds);
    this.#peer = SignalPeer.restore(snapshot.signal);
    this.#writer = new MessageWriter({ sender: this, peer: this.#peer, context: this.context });
    this.inbox.fromSnapshot(snapshot.inbox);
    this.outbox.fromSnapshot(snapshot.outbox);
    const copies = snapshot.sentCopies.map(({ message, ...copy }) => ({
      ...copy,
      text: copy.text,
      message: proto.Message.decode(message),
    }));
    this.sentCopies.splice(0, this.sentCopies.length, ...copies);
    this.#failures.clear();
    for (const [key, count] of snapshot.failures) this.#failures.set(key, count);
    this.#arrived.clear();
    for (const { id, stanza, author, message } of snapshot.arrived) {
      this.#arrived.set(id, { stanza, author, message: proto.Message.decode(message) });
    }
  }

  close(error: Error): void {
    this.inbox.close(error);
    this.outbox.close(error);
  }

  /** A message of an own client that is for this device alone: a request for keys, or for old messages. */
  protected async onRequest(_message: proto.IMessage, _from: Device, _id: string): Promise<void> {}

  /** One at a time; the world is not at rest before. */
  #inTurn(send: () => Promise<void>): Promise<void> {
    return this.context.work.during(this.#sending.run("send", send));
  }

  /** The person's clients confirm what reached them; without any, the phone does. */
  get #confirms(): boolean {
    return this.device === 0 && this.account.companions.length === 0;
  }

  async #read(stanza: BinaryNode): Promise<void> {
    if (stanza.tag === "message") await this.#onMessage(stanza);
    if (stanza.tag === "receipt") await this.#onReceipt(stanza);
  }

  async #onMessage(stanza: BinaryNode): Promise<void> {
    const author = this.#deviceOf(attr(stanza, "participant") ?? requiredAttr(stanza, "from"));
    if (author === undefined) return;
    let opened: OpenedMessage;
    try {
      opened = await openMessage(stanza, author, this.peer);
    } catch (error) {
      const id = attr(stanza, "id");
      this.context.logger.debug({ err: error, id }, "a virtual device cannot read a message");
      if (this.#wasRead(stanza, author)) return;
      return this.#askAgain(stanza, author.jidOn(LID_SERVER));
    }
    const { message } = opened;
    this.context.journal.attachPlain(author.account, requiredAttr(stanza, "id"), message);
    const arrived = { stanza, author: author.jidOn(LID_SERVER), message };
    this.#arrived.set(requiredAttr(stanza, "id"), arrived);
    if (author.account === this.account) return this.#onOwnMessage(stanza, author, message);
    this.#keep(stanza, author, opened);
    if (this.#confirms) this.#receipt(stanza);
  }

  /** A copy of what was read can be opened no more than once. Clients do not ask for that again. */
  #wasRead(stanza: BinaryNode, author: Device): boolean {
    const id = requiredAttr(stanza, "id");
    const first = this.#arrived.get(id)?.stanza;
    if (first === undefined || this.#failures.has(`${author.jidOn(LID_SERVER)} ${id}`)) return false;
    const { from, participant } = stanza.attrs;
    return first.attrs["from"] === from && first.attrs["participant"] === participant;
  }

  #keep(stanza: BinaryNode, author: Device, { message, kind }: OpenedMessage): void {
    // A sender's key alone says nothing.
    if (Object.keys(message).every((field) => SILENT_FIELDS.includes(field))) return;
    const from = requiredAttr(stanza, "from");
    this.inbox.add({
      id: requiredAttr(stanza, "id"),
      from: author.account.pn,
      fromLid: author.account.lid,
      device: author.device,
      chat: attr(stanza, "participant") === undefined ? author.account.pn : from,
      text: messageText(message),
      message,
      kind,
      at: this.context.clock.now(),
    });
  }

  async #onOwnMessage(stanza: BinaryNode, from: Device, message: proto.IMessage): Promise<void> {
    const group = attr(stanza, "participant") === undefined ? undefined : attr(stanza, "from");
    const copy = group === undefined ? message.deviceSentMessage?.message : message;
    // Baileys (messages-send.js relayMessage) wraps what it asks of its own phone like any own message.
    if (!copy || attr(stanza, "category") === "peer") {
      return this.onRequest(copy ?? message, from, requiredAttr(stanza, "id"));
    }
    this.sentCopies.push({
      id: requiredAttr(stanza, "id"),
      to: group ?? message.deviceSentMessage?.destinationJid ?? requiredAttr(stanza, "recipient"),
      text: messageText(copy),
      message: copy,
      device: from.device,
      at: this.context.clock.now(),
    });
  }

  async #onReceipt(stanza: BinaryNode): Promise<void> {
    const type = attr(stanza, "type");
    if (type === "retry") return this.#resend(stanza);
    if (!DELIVERED_TYPES.includes(type)) return;
    const reader = this.context.world.resolve(
      attr(stanza, "participant") ?? requiredAttr(stanza, "from"),
    );
    if (reader?.account === this.account) return;
    for (const id of receiptIds(stanza)) this.outbox.onDelivered(id, type);
  }

  /** Encrypts a kept message for the one device that could not read it, always in a new session. */
  async #resend(receipt: BinaryNode): Promise<void> {
    const sent = this.outbox.get(requiredAttr(receipt, "id"));
    const retry = child(receipt, "retry");
    const count = (retry && attr(retry, "count")) ?? "1";
    const requesterJid = attr(receipt, "participant") ?? requiredAttr(receipt, "from");
    const device = this.#deviceOf(requesterJid);
    if (sent === undefined || device === undefined || Number(count) > MAX_RETRIES) return;
    await this.#inTurn(async () => {
      const bundle = readRetryBundle(receipt) ?? takeBundle(device, this.context);
      await this.peer.startSession(addressOf(device), bundle);
      const message = messageForOne(sent, device, this);
      const enc = await this.#writer.seal({ device, message }, { count });
      const { id, attrs } = sent;
      const names = namesForOne(sent, { device, jid: requesterJid }, this);
      const content = [enc, ...this.#writer.identity([enc])];
      this.#post(node("message", { id, ...attrs, ...names }, content));
    });
  }

  /** Asks the sender to encrypt the message again; from the second time with our keys, as real clients do. */
  #askAgain(stanza: BinaryNode, author: string): void {
    const id = requiredAttr(stanza, "id");
    const key = `${author} ${id}`;
    const count = (this.#failures.get(key) ?? 0) + 1;
    if (count > MAX_RETRIES) return;
    this.#failures.set(key, count);
    const t = unixTime(this.context.clock);
    const bundle = count > 1 ? this.nextBundle() : undefined;
    const { registrationId } = this.peer;
    const recipient = attr(stanza, "recipient");
    const chat = recipient === undefined ? {} : { recipient };
    const request = retryRequest({ id, count, t, registrationId, bundle });
    this.#receipt(stanza, { type: "retry", ...chat }, request);
  }

  #receipt(
    about: BinaryNode,
    attrs: Readonly<Record<string, string>> = {},
    content?: BinaryNode[],
  ): void {
    const stanza = receiptAbout(about, attrs, content);
    routeReceipt({ stanza, sender: this, context: this.context });
  }

  #post(stanza: BinaryNode): void {
    const routed = routeMessage({ stanza, sender: this, context: this.context });
    if (routed.error !== undefined) {
      throw new MockServerError(
        "MOCK_MESSAGE_NOT_ACCEPTED",
        `The server does not take this message: error ${routed.error}. 403 says that the sender may not write to this group, 463 that it may not start this chat`,
      );
    }
    routed.deliver();
  }

  #arrivedMessage(id: string): Arrived {
    const arrived = this.#arrived.get(id);
    if (arrived !== undefined) return arrived;
    throw new MockServerError(
      "MOCK_UNKNOWN_MESSAGE",
      `No message with the id ${id} was received: pass the id of one of contact.messages`,
    );
  }

  #deviceOf(jid: string): Device | undefined {
    return deviceAt(jid, this.account, this.context);
  }
}

function notInWorld(): MockServerError {
  return new MockServerError(
    "MOCK_NOT_IN_WORLD",
    "A snapshot was restored that does not know this person: ask the server for them again",
  );
}

/** Fields that come with a message and are not its content. */
const SILENT_FIELDS: readonly string[] = ["senderKeyDistributionMessage", "messageContextInfo"];
