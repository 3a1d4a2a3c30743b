import type { ServerContext } from "../context.ts";
import { deviceAt } from "../routing/device-at.ts";
import { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";
import { LID_SERVER } from "../wire/jid.ts";
import type { Device, PlayedDevice } from "../world/device.ts";
import { Arrivals, type ArrivalsSnapshot } from "./arrivals.ts";
import { encodedMessage } from "./encoded-message.ts";
import { Inbox, type InboxSnapshot, receivedMessage } from "./inbox.ts";
import type { Incoming } from "./incoming.ts";
import {
  type OpenedMessage,
  isRoutine,
  openMessage,
  openMessageAtOnce,
  opensAtOnce,
} from "./message-reader.ts";
import { postReceipt } from "./posting.ts";
import type { Retries } from "./retries.ts";
import { type SentCopiesSnapshot, type SentCopy, requestTo, sentCopy } from "./sent-copies.ts";
import type { SignalPeer } from "./signal-peer.ts";
import { Unread } from "./unread.ts";

export interface ReadingParts {
  readonly reader: PlayedDevice & { readonly peer: SignalPeer };
  readonly retries: Retries;
  readonly context: ServerContext;
  /** Acts on a message of an own client that is for this device alone. */
  readonly onRequest: (message: proto.IMessage, from: Device, id: string) => Promise<void>;
}

export interface ReadingSnapshot {
  readonly inbox: InboxSnapshot;
  readonly sentCopies: SentCopiesSnapshot;
  readonly arrived: ArrivalsSnapshot;
}

/** What comes for a device the server plays, and what is read of it. */
export class Reading {
  readonly #parts: ReadingParts;
  readonly #unread: Unread;
  readonly #inbox: Inbox;
  #sentCopies: SentCopy[] = [];
  readonly #arrivals = new Arrivals();

  constructor(parts: ReadingParts) {
    const { realClock, work, logger, unheard } = parts.context;
    this.#parts = parts;
    this.#inbox = new Inbox(realClock);
    this.#unread = new Unread({
      clock: realClock,
      during: (reading) => work.during(reading),
      mayWait: (incoming) => this.#mayWait(incoming),
      read: (incoming) => this.#read(incoming),
      onError: (err, { stanza: { tag } }) => {
        logger.error({ err, tag }, "a virtual device failed");
        unheard.add(err);
      },
    });
  }

  /** What others have written. */
  get inbox(): Inbox {
    this.catchUp();
    return this.#inbox;
  }

  /** What the person's own clients have written. */
  get sentCopies(): readonly SentCopy[] {
    this.catchUp();
    return this.#sentCopies;
  }

  /** The messages that were read. */
  get arrivals(): Arrivals {
    this.catchUp();
    return this.#arrivals;
  }

  /** Takes a message, or a request to send one again. It is read now if something is to be done about it. */
  add(stanza: BinaryNode): void {
    const { reader, context } = this.#parts;
    const jid = attr(stanza, "participant") ?? requiredAttr(stanza, "from");
    const author = deviceAt(jid, reader.account, context);
    if (author === undefined) return;
    const waits = this.#unread.add({ stanza, author, at: context.clock.now() });
    if (!waits) return;
    const id = requiredAttr(stanza, "id");
    context.journal.offerPlain(author.account, id, async () => {
      await this.#unread.caughtUp();
      return this.#arrivals.find(id)?.message;
    });
  }

  /** Reads what has come, unless it is being read already. */
  catchUp(): void {
    this.#unread.catchUp();
  }

  toSnapshot(): ReadingSnapshot {
    return {
      inbox: this.inbox.toSnapshot(),
      sentCopies: this.sentCopies.map((copy) => ({
        ...copy,
        message: encodedMessage(copy.message),
      })),
      arrived: this.arrivals.toSnapshot(),
    };
  }

  /** What was not read belongs to the world that is gone. */
  fromSnapshot({ inbox, sentCopies, arrived }: ReadingSnapshot): void {
    this.#unread.clear();
    this.#inbox.fromSnapshot(inbox);
    this.#sentCopies = sentCopies.map(({ message, ...copy }) => ({
      ...copy,
      text: copy.text,
      message: proto.Message.decode(message),
    }));
    this.#arrivals.fromSnapshot(arrived);
  }

  close(error: Error): void {
    this.#unread.clear();
    this.#inbox.close(error);
  }

  /** The person's clients confirm what reached them; without any, the phone does. */
  get #confirms(): boolean {
    const { device, account } = this.#parts.reader;
    return device === 0 && account.companions.length === 0;
  }

  #mayWait(incoming: Incoming): boolean {
    const { stanza } = incoming;
    if (stanza.tag === "receipt" || attr(stanza, "category") === "peer") return false;
    if (this.#confirms || this.#inbox.watched) return false;
    return isRoutine(incoming, this.#parts.reader.peer);
  }

  #read(incoming: Incoming): Promise<void> | undefined {
    const { retries, reader } = this.#parts;
    if (incoming.stanza.tag === "receipt") return retries.answer(incoming);
    let opened: OpenedMessage;
    try {
      if (!opensAtOnce(incoming, reader.peer)) return this.#readSlowly(incoming);
      opened = openMessageAtOnce(incoming, reader.peer);
    } catch (error) {
      this.#onUnreadable(incoming, error);
      return undefined;
    }
    return this.#onRead(incoming, opened);
  }

  async #readSlowly(incoming: Incoming): Promise<void> {
    let opened: OpenedMessage;
    try {
      opened = await openMessage(incoming, this.#parts.reader.peer);
    } catch (error) {
      return this.#onUnreadable(incoming, error);
    }
    await this.#onRead(incoming, opened);
  }

  #onUnreadable(incoming: Incoming, error: unknown): void {
    const { retries, context } = this.#parts;
    const id = attr(incoming.stanza, "id");
    context.logger.debug({ err: error, id }, "a virtual device cannot read a message");
    const failed = { stanza: incoming.stanza, author: incoming.author.jidOn(LID_SERVER) };
    // A copy of what was read can be opened no more than once. Clients do not ask for that again.
    if (this.#arrivals.has(incoming) && !retries.requested(failed)) return;
    retries.request(failed);
  }

  #onRead(incoming: Incoming, opened: OpenedMessage): Promise<void> | undefined {
    const again = this.#arrivals.has(incoming);
    this.#arrivals.add(incoming, opened.message);
    const { reader, context } = this.#parts;
    const id = requiredAttr(incoming.stanza, "id");
    context.journal.attachPlain(incoming.author.account, id, opened.message);
    if (incoming.author.account === reader.account) {
      return this.#onOwn(incoming, opened.message, again);
    }
    const received = receivedMessage(incoming, opened);
    if (received !== undefined) this.#inbox.add(received);
    if (this.#confirms) postReceipt(incoming.stanza, { sender: reader, context });
    return undefined;
  }

  /** @param again The client has sent it before, and for a retry encrypts it anew for everybody */
  #onOwn(incoming: Incoming, message: proto.IMessage, again: boolean): Promise<void> | undefined {
    const copy = sentCopy(incoming, message);
    if (copy !== undefined) {
      if (!again) this.#sentCopies.push(copy);
      return undefined;
    }
    const { stanza, author } = incoming;
    const id = requiredAttr(stanza, "id");
    return this.#parts.onRequest(requestTo(stanza, message), author, id);
  }
}
