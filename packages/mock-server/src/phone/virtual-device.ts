import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { SeededRandom } from "@motte/core/random";
import { takeClientBundle } from "../client-bundle.ts";
import { type ServerContext, unixTime } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { node } from "../replies.ts";
import { proto } from "../wire/baileys.ts";
import { type BinaryNode, uint } from "../wire/binary-node.ts";
import type { KeyPair } from "../wire/curve.ts";
import { parseJid, userJid } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import { type PreKeyBundle, keyNodes } from "../world/pre-key-bundle.ts";
import type {
  MessageReceipt,
  MessageRefusal,
  PrimaryDevice,
  RetryRequest,
  SealedMessage,
} from "../world/primary-device.ts";
import { signKeyIndexList } from "./device-identity.ts";
import { firstSyncMessages } from "./first-sync.ts";
import { Inbox } from "./inbox.ts";
import { messageText } from "./message-text.ts";
import { Outbox, type SentMessage } from "./outbox.ts";
import { pad, unpad } from "./padding.ts";
import { type SignalAddress, SignalPeer } from "./signal-peer.ts";

/** A message one of the phone's own clients sent, as the phone got its copy. */
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
  readonly seed: SeededRandom;
  readonly context: ServerContext;
}

const MAX_RETRIES = 5;
/** Receipt types that say the client has the message. Absent is the plain delivery receipt. */
const DELIVERED_TYPES: readonly (string | undefined)[] = [undefined, "inactive", "read", "played"];

/** Device 0 of an account, run by the server with real Signal sessions: a person's phone. */
export class VirtualDevice implements PrimaryDevice {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly sentCopies: SentCopy[] = [];
  readonly #account: Account;
  readonly #context: ServerContext;
  readonly #seed: SeededRandom;
  readonly #messageIds: SeededRandom;
  readonly #peer: SignalPeer;
  readonly #rawId: number;
  readonly #sending = new KeyedMutex();
  readonly #failures = new Map<string, number>();
  readonly #arrived = new Map<string, SealedMessage>();

  constructor({ account, seed, context }: VirtualDeviceParts) {
    this.#account = account;
    this.#context = context;
    this.#seed = seed;
    this.#messageIds = seed.fork("message-ids");
    this.#peer = new SignalPeer(seed.fork("signal"));
    this.#rawId = seed.fork("raw-id").bytes(4).readUInt32BE() >>> 1;
    this.inbox = new Inbox(context.clock);
    this.outbox = new Outbox(context.clock);
  }

  get identityKey(): Buffer {
    return this.#peer.identity.public;
  }

  /** The account's identity, which also signs its companions. */
  get identity(): KeyPair {
    return this.#peer.identity;
  }

  get rawId(): number {
    return this.#rawId;
  }

  nextBundle(): PreKeyBundle {
    return this.#peer.nextBundle();
  }

  signedKeyIndexList(): Buffer {
    return signKeyIndexList({
      account: this.identity,
      rawId: this.#rawId,
      timestamp: Number(unixTime(this.#context.clock)),
      keyIndexes: this.#account.companions.map(({ device }) => device),
    });
  }

  newMessageId(): string {
    return `3EB0${this.#messageIds.bytes(9).toString("hex").toUpperCase()}`;
  }

  /** Sends one message to each of these devices, and keeps it for retries. */
  async send(
    message: proto.IMessage,
    to: readonly Companion[],
    { id, addressing }: { readonly id: string; readonly addressing: Addressing },
  ): Promise<void> {
    const { pn, lid, name } = this.#account;
    const names =
      addressing === "pn" ? { from: pn, sender_lid: lid } : { from: lid, sender_pn: pn };
    await this.#sendAll(to, {
      id,
      plaintext: encodeMessage(message),
      attrs: { ...names, type: "text", notify: name, t: unixTime(this.#context.clock) },
    });
  }

  async receiveMessage(sealed: SealedMessage): Promise<void> {
    const { from, id, kind, ciphertext } = sealed;
    let message: proto.IMessage;
    try {
      const padded = await this.#peer.decrypt(addressOf(from), { kind, bytes: ciphertext });
      message = proto.Message.decode(unpad(padded));
    } catch (error) {
      this.#context.logger.debug({ err: error, id }, "a virtual device cannot read a message");
      return this.#askAgain(sealed);
    }
    if (from.account === this.#account) return this.#onOwnMessage(sealed, message);
    this.inbox.add({
      id,
      from: from.account.pn,
      device: from.device,
      text: messageText(message),
      message,
      kind,
      at: this.#context.clock.now(),
    });
    this.#arrived.set(id, sealed);
    from.deliver(this.#receipt(sealed));
  }

  /** Asks a client to send a message once more, as an app does that has lost it. */
  requestAgain(id: string): void {
    const sealed = this.#arrived.get(id);
    if (sealed === undefined) {
      throw new MockServerError(
        "MOCK_UNKNOWN_MESSAGE",
        `This contact has received no message with the id ${id}: pass the id of one of contact.messages`,
      );
    }
    this.inbox.forget(id);
    this.#askAgain(sealed);
  }

  receiveReceipt({ ids, type }: MessageReceipt): void {
    if (!DELIVERED_TYPES.includes(type)) return;
    for (const id of ids) this.outbox.onDelivered(id);
  }

  receiveRefusal({ from, id, error }: MessageRefusal): void {
    this.outbox.onRefused(id, from.lid, error);
  }

  /** Encrypts a kept message for the one device that could not read it, always in a new session. */
  async resend({ from, id, count, bundle }: RetryRequest): Promise<void> {
    const sent = this.outbox.get(id);
    if (sent === undefined || count > MAX_RETRIES) return;
    await this.#sending.run(from.lid, async () => {
      const keys = bundle ?? takeClientBundle(from, this.#context);
      await this.#peer.startSession(addressOf(from), keys);
      await this.#sendOne(from, sent, { count: String(count) });
    });
  }

  async onCompanionReady(companion: Companion): Promise<void> {
    const messages = firstSyncMessages({
      appStateKey: this.#appStateKey(),
      now: this.#context.clock.now(),
      people: this.#context.world.accounts.filter((each) => each !== this.#account),
    });
    for (const message of messages) {
      await this.#sendAll([companion], {
        id: this.newMessageId(),
        plaintext: encodeMessage(message),
        attrs: {
          // The LID: Baileys looks for the session with its own phone there once it knows its LID.
          from: this.#account.lid,
          type: "protocol",
          category: "peer",
          t: unixTime(this.#context.clock),
        },
      });
    }
  }

  close(error: Error): void {
    this.inbox.close(error);
    this.outbox.close(error);
  }

  async #sendAll(
    companions: readonly Companion[],
    sent: Omit<SentMessage, "recipients">,
  ): Promise<void> {
    this.outbox.add({ ...sent, recipients: companions.length });
    await Promise.all(
      companions.map((companion) =>
        // One at a time, so that messages arrive in the order they were said and share one session.
        this.#sending.run(companion.lid, async () => {
          const address = addressOf(companion);
          if (!(await this.#peer.hasSession(address))) {
            await this.#peer.startSession(address, takeClientBundle(companion, this.#context));
          }
          await this.#sendOne(companion, sent);
        }),
      ),
    );
  }

  async #sendOne(
    companion: Companion,
    { id, attrs, plaintext }: Omit<SentMessage, "recipients">,
    encAttrs: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const padded = pad(plaintext, this.#context.random);
    const { kind, bytes } = await this.#peer.encrypt(addressOf(companion), padded);
    const enc = node("enc", { v: "2", type: kind, ...encAttrs }, bytes);
    companion.deliver(node("message", { id, ...attrs }, [enc]));
  }

  #onOwnMessage({ id, to, from }: SealedMessage, message: proto.IMessage): void {
    const copy = message.deviceSentMessage?.message;
    // Anything else from an own client is a request to the phone: keys, old messages.
    if (!copy) return;
    this.sentCopies.push({
      id,
      to: message.deviceSentMessage?.destinationJid ?? to,
      text: messageText(copy),
      message: copy,
      device: from.device,
      at: this.#context.clock.now(),
    });
  }

  /** Asks the sender to encrypt the message again; from the second time with our keys, as real clients do. */
  #askAgain(sealed: SealedMessage): void {
    const { from, id, to } = sealed;
    const key = `${from.lid} ${id}`;
    const count = (this.#failures.get(key) ?? 0) + 1;
    if (count > MAX_RETRIES) return;
    this.#failures.set(key, count);
    const t = unixTime(this.#context.clock);
    const { registrationId } = this.#peer;
    const own = from.account === this.#account ? { recipient: to } : {};
    from.deliver(
      this.#receipt(sealed, { type: "retry", ...own }, [
        node("retry", { count: String(count), id, t, v: "1" }),
        node("registration", {}, uint(registrationId, 4)),
        ...(count > 1 ? [node("keys", {}, keyNodes(this.nextBundle()))] : []),
      ]),
    );
  }

  #receipt(
    { id, addressedAs }: SealedMessage,
    attrs: Readonly<Record<string, string>> = {},
    content?: BinaryNode[],
  ): BinaryNode {
    const from = userJid(parseJid(addressedAs));
    return node("receipt", { from, id, t: unixTime(this.#context.clock), ...attrs }, content);
  }

  #appStateKey(): { readonly id: Buffer; readonly data: Buffer } {
    // Two bytes of device, four of epoch.
    return { id: Buffer.from([0, 0, 0, 0, 0, 1]), data: this.#seed.fork("app-state").bytes(32) };
  }
}

function addressOf({ account, device }: Companion): SignalAddress {
  return { lidUser: account.lidUser, device };
}

function encodeMessage(message: proto.IMessage): Buffer {
  return Buffer.from(proto.Message.encode(message).finish());
}
