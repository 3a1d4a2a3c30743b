import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { SeededRandom } from "@motte/core/random";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { node } from "../replies.ts";
import { SeededStream } from "../seed/seeded-stream.ts";
import { receiptIds } from "../routing/receipt-ids.ts";
import type { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";
import type { KeyPair } from "../wire/curve.ts";
import { LID_SERVER } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { Device, PlayedDevice } from "../world/device.ts";
import type { PreKeyBundle } from "../world/pre-key-bundle.ts";
import type { MessageReference } from "./content/message-reference.ts";
import { composeFor } from "./fan-out.ts";
import type { Inbox } from "./inbox.ts";
import { messageKind } from "./message-kind.ts";
import { MessageWriter } from "./message-writer.ts";
import { Outbox, type OutboxSnapshot } from "./outbox.ts";
import { postMessage, postReceipt } from "./posting.ts";
import { Reading, type ReadingSnapshot } from "./reading.ts";
import { Retries, type RetriesSnapshot } from "./retries.ts";
import type { SentCopy } from "./sent-copies.ts";
import { SignalPeer, type SignalPeerSnapshot } from "./signal-peer.ts";

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

export interface VirtualDeviceSnapshot extends ReadingSnapshot {
  readonly deviceIdentity?: Buffer | undefined;
  readonly messageIds: number;
  readonly signal: SignalPeerSnapshot;
  readonly outbox: OutboxSnapshot;
  readonly failures: RetriesSnapshot;
}

/** Receipt types that say the client has the message. Absent is the plain delivery receipt. */
const DELIVERED_TYPES: readonly (string | undefined)[] = [undefined, "inactive", "read", "played"];

/** A device of a person, run by the server with real Signal sessions, that reads and writes stanzas as a client does. */
export class VirtualDevice implements PlayedDevice {
  readonly played = true;
  readonly account: Account;
  readonly device: number;
  deviceIdentity: Buffer | undefined;
  readonly outbox: Outbox;
  protected readonly context: ServerContext;
  readonly #messageIds: SeededStream;
  readonly #sending = new KeyedMutex();
  readonly #writer: MessageWriter;
  readonly #retries: Retries;
  readonly #reading: Reading;
  #peer: SignalPeer;

  constructor({ account, device, deviceIdentity, seed, context }: VirtualDeviceParts) {
    this.account = account;
    this.device = device;
    this.context = context;
    this.#messageIds = new SeededStream(seed.fork("message-ids"));
    this.#peer = new SignalPeer(seed.fork("signal"));
    this.deviceIdentity = deviceIdentity?.(this.peer.identity);
    this.outbox = new Outbox(context.realClock);
    this.#writer = new MessageWriter({ sender: this, context });
    this.#retries = new Retries({
      sender: this,
      writer: this.#writer,
      outbox: this.outbox,
      inTurn: (send) => this.#inTurn(send),
      context,
    });
    this.#reading = new Reading({
      reader: this,
      retries: this.#retries,
      context,
      onRequest: (message, from, id) => this.onRequest(message, from, id),
    });
  }

  /** Its keys and Signal sessions. */
  get peer(): SignalPeer {
    return this.#peer;
  }

  /** What others have written. */
  get inbox(): Inbox {
    return this.#reading.inbox;
  }

  /** What the person's own clients have written. */
  get sentCopies(): readonly SentCopy[] {
    return this.#reading.sentCopies;
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

  deliver(stanza: BinaryNode): void {
    const { tag } = stanza;
    try {
      if (tag === "message" || isRetry(stanza)) this.#reading.add(stanza);
      else if (tag === "receipt") this.#onReceipt(stanza);
    } catch (error) {
      this.context.logger.error({ err: error, tag }, "a virtual device failed");
      this.context.unheard.add(error);
    }
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
    this.#reading.catchUp();
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
    this.#reading.catchUp();
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
    return this.#reading.arrivals.reference(id);
  }

  /** Sends a receipt about a message that came, like `read`. Throws `MOCK_UNKNOWN_MESSAGE`. */
  sendReceipt(id: string, type: string): void {
    const { stanza } = this.#reading.arrivals.get(id);
    postReceipt(stanza, { sender: this, context: this.context }, { type });
  }

  /** Asks a client to send a message once more, as an app does that has lost it. Throws `MOCK_UNKNOWN_MESSAGE`. */
  requestAgain(id: string): void {
    const arrived = this.#reading.arrivals.get(id);
    this.inbox.forget(id);
    this.#retries.request(arrived);
  }

  /** Starts over with keys of a new seed and no session with anybody. */
  renewKeys(seed: SeededRandom): void {
    this.#reading.catchUp();
    this.#peer = new SignalPeer(seed.fork("signal"));
  }

  /** Reads what has come and was not asked for yet. */
  catchUp(): void {
    this.#reading.catchUp();
  }

  refused(id: string, by: Device, error: string): void {
    this.outbox.onRefused(id, by.jidOn(LID_SERVER), error);
  }

  toSnapshot(): VirtualDeviceSnapshot {
    return {
      // First, because what is read moves the Signal sessions on.
      ...this.#reading.toSnapshot(),
      deviceIdentity: this.deviceIdentity,
      messageIds: this.#messageIds.toSnapshot(),
      signal: this.peer.toSnapshot(),
      outbox: this.outbox.toSnapshot(),
      failures: this.#retries.toSnapshot(),
    };
  }

  fromSnapshot(snapshot: VirtualDeviceSnapshot): void {
    this.deviceIdentity = snapshot.deviceIdentity;
    this.#messageIds.fromSnapshot(snapshot.messageIds);
    this.#peer = SignalPeer.restore(snapshot.signal);
    this.#reading.fromSnapshot(snapshot);
    this.outbox.fromSnapshot(snapshot.outbox);
    this.#retries.fromSnapshot(snapshot.failures);
  }

  close(error: Error): void {
    this.#reading.close(error);
    this.outbox.close(error);
  }

  /** A message of an own client that is for this device alone: a request for keys, or for old messages. */
  protected async onRequest(_message: proto.IMessage, _from: Device, _id: string): Promise<void> {}

  #onReceipt(stanza: BinaryNode): void {
    const type = attr(stanza, "type");
    if (!DELIVERED_TYPES.includes(type)) return;
    const jid = attr(stanza, "participant") ?? requiredAttr(stanza, "from");
    if (this.context.world.resolve(jid)?.account === this.account) return;
    for (const id of receiptIds(stanza)) this.outbox.onDelivered(id, type);
  }

  /** One at a time, so that messages arrive in the order they were said. The world is not at rest before. */
  #inTurn(send: () => Promise<void>): Promise<void> {
    return this.context.work.during(this.#sending.run("send", send));
  }

  #post(stanza: BinaryNode): void {
    postMessage(stanza, { sender: this, context: this.context });
  }
}

function notInWorld(): MockServerError {
  return new MockServerError(
    "MOCK_NOT_IN_WORLD",
    "A snapshot was restored that does not know this person: ask the server for them again",
  );
}

function isRetry({ tag, attrs }: BinaryNode): boolean {
  return tag === "receipt" && attrs["type"] === "retry";
}
