import { assertKnownOptions } from "@motte/core/options";
import { UsageError } from "@motte/core/errors";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { proto } from "../wire/baileys.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import { editMessage, reactionMessage, revokeMessage } from "./content/changes.ts";
import type { MessageReference } from "./content/message-reference.ts";
import {
  type ContactCard,
  type Place,
  contactCardMessage,
  locationMessage,
} from "./content/places.ts";
import { type Poll, openVote, pollMessage, voteMessage } from "./content/polls.ts";
import { forwardedMessage, textMessage } from "./content/text.ts";
import type { ReceiveOptions, ReceivedMessage } from "./inbox.ts";
import type { Addressing, VirtualDevice } from "./virtual-device.ts";
import { Person } from "./person.ts";
import { Phone } from "./phone.ts";
import { trustWhenRestricted } from "./trust.ts";

/** Where a message goes: a person, or a group by its JID. */
export type ChatTarget = Person | { readonly jid: string };

/** A message that was sent or received, by itself or by its id. */
export type MessageChoice = string | { readonly id: string };

/** What every message of a contact may be told. */
export interface SendOptions {
  /** The id of the message. @defaultValue the next one from the seed */
  readonly id?: string;
  /**
   * Whether the reader sees the contact by number or by LID, and is told the other form either way. Groups know their
   * members by LID. @defaultValue `"pn"`
   */
  readonly addressing?: Addressing;
}

/** What is told with a text. */
export interface SayOptions extends SendOptions {
  /** The message this one answers. @defaultValue none */
  readonly quoted?: MessageChoice;
  /** People who are mentioned. @defaultValue nobody */
  readonly mentions?: readonly Person[];
  /** Marked as passed on from another chat. @defaultValue `false` */
  readonly forwarded?: boolean;
  /** How long it may be seen, in seconds. @defaultValue for good */
  readonly disappearsAfterSeconds?: number;
}

/** A message on its way. */
export interface SentReference {
  /** The id of the message. */
  readonly id: string;
}

/** How long to wait for a confirmation. */
export interface DeliveredOptions {
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

export interface CorrespondentParts {
  readonly account: Account;
  readonly device: VirtualDevice;
  readonly context: ServerContext;
}

const SEND_OPTIONS = ["id", "addressing"] as const satisfies readonly (keyof SendOptions)[];
const SAY_OPTIONS = [
  ...SEND_OPTIONS,
  "quoted",
  "mentions",
  "forwarded",
  "disappearsAfterSeconds",
] as const satisfies readonly (keyof SayOptions)[];

/** A person who writes and can be written to with one of their devices, with real Signal encryption. */
export class Correspondent extends Person {
  readonly #device: VirtualDevice;
  readonly #context: ServerContext;

  /** @internal */
  constructor({ account, device, context }: CorrespondentParts) {
    super(account, context);
    this.#device = device;
    this.#context = context;
  }

  /** Everything received so far, oldest first. */
  get messages(): readonly ReceivedMessage[] {
    return this.#device.inbox.messages;
  }

  /** Calls `listener` with every message from now on. */
  on(event: "message", listener: (message: ReceivedMessage) => void): Disposable {
    if (event !== "message") {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `A contact has no event "${String(event)}", only "message"`,
      );
    }
    return this.#device.inbox.onMessage(listener);
  }

  /**
   * Sends a text to a person or a group. Resolves when it is encrypted and on its way, or queued for those that are
   * not connected. Rejects with `MOCK_NO_COMPANION` for a phone nobody is linked to, and with
   * `MOCK_MESSAGE_NOT_ACCEPTED`.
   */
  async say(to: ChatTarget, text: string, options: SayOptions = {}): Promise<SentReference> {
    assertKnownOptions("contact.say", options, SAY_OPTIONS);
    const { quoted, mentions, forwarded, disappearsAfterSeconds, ...sending } = options;
    const message = textMessage(text, {
      quoted: quoted === undefined ? undefined : this.#reference(quoted),
      mentions: mentions?.map(({ lid, pn }) => ("jid" in to ? lid : pn)),
      forwarded,
      disappearsAfterSeconds,
    });
    return this.send(to, message, sending);
  }

  /** Sends any message, given as Baileys' `proto.IMessage`. Promises and rejects like `say`. */
  async send(
    to: ChatTarget,
    message: proto.IMessage,
    options: SendOptions = {},
  ): Promise<SentReference> {
    assertKnownOptions("contact.send", options, SEND_OPTIONS);
    const { id = this.#device.newMessageId(), addressing = "pn" } = options;
    trustWhenRestricted(this.#context, this.#device.account, to);
    await this.#device.send(message, { id, to: this.#chat(to, addressing) });
    return { id };
  }

  /** Puts an emoji on a message; an empty one takes the reaction back. */
  react(message: MessageChoice, emoji: string): Promise<SentReference> {
    return this.#answer(message, (to) => reactionMessage(to, emoji, this.#context.clock.now()));
  }

  /** Replaces the text of an own message. */
  edit(message: MessageChoice, text: string): Promise<SentReference> {
    return this.#answer(message, (of) => editMessage(of, text, this.#context.clock.now()));
  }

  /** Takes an own message back for everybody, or as an admin of a group somebody else's. */
  revoke(message: MessageChoice): Promise<SentReference> {
    return this.#answer(message, revokeMessage);
  }

  /** Passes a message that was sent or received on to another chat. */
  forward(to: ChatTarget, message: MessageChoice, options?: SendOptions): Promise<SentReference> {
    return this.send(to, forwardedMessage(this.#reference(message)), options);
  }

  /** Asks a question with options to choose from. */
  poll(to: ChatTarget, poll: Poll, options?: SendOptions): Promise<SentReference> {
    return this.send(to, pollMessage(poll, this.#context.random.for("content")), options);
  }

  /** Votes for these options of a poll; for none, takes the vote back. Throws a `UsageError` for an unknown option. */
  vote(poll: MessageChoice, chosen: readonly string[]): Promise<SentReference> {
    return this.#answer(poll, (reference) => {
      const names = this.#voteNames(reference);
      const random = this.#context.random.for("content");
      const atMs = this.#context.clock.now();
      return voteMessage({ poll: reference, ...names }, chosen, { random, atMs });
    });
  }

  /** What each person has chosen in a poll, by their last vote; `from` is their user JID by number. */
  votes(
    poll: MessageChoice,
  ): readonly { readonly from: string; readonly chosen: readonly string[] }[] {
    const reference = this.#reference(poll);
    const inGroup = reference.chat.endsWith("@g.us");
    const last = new Map<string, readonly string[]>();
    for (const { from, fromLid, message } of this.messages) {
      const update = message.pollUpdateMessage;
      if (update?.pollCreationMessageKey?.id !== reference.id) continue;
      const voter = inGroup || reference.chat.endsWith(`@${LID_SERVER}`) ? fromLid : from;
      const { creator } = this.#voteNames(reference);
      last.set(from, openVote({ poll: reference, creator, voter }, update));
    }
    return [...last].map(([from, chosen]) => ({ from, chosen }));
  }

  /** Sends a place on the map. */
  sendLocation(to: ChatTarget, place: Place, options?: SendOptions): Promise<SentReference> {
    return this.send(to, locationMessage(place), options);
  }

  /** Sends the contact card of somebody. */
  sendCard(to: ChatTarget, card: ContactCard, options?: SendOptions): Promise<SentReference> {
    return this.send(to, contactCardMessage(card), options);
  }

  /** Says that a message was read, as opening its chat does. */
  read(message: MessageChoice): void {
    this.#device.sendReceipt(idOf(message), "read");
  }

  /** Says that a voice note was listened to. */
  played(message: MessageChoice): void {
    this.#device.sendReceipt(idOf(message), "played");
  }

  /** The next message nobody has taken yet, waiting for it if need be. Rejects with `MOCK_TIMED_OUT`. */
  async receive(options: ReceiveOptions = {}): Promise<ReceivedMessage> {
    assertKnownOptions("contact.receive", options, ["where", "timeoutMs"]);
    return this.#device.inbox.take(options, () => this.#context.journal.toTable());
  }

  /**
   * Sends a retry receipt for a message that was received before, as an app does that has lost it: the client has to
   * answer from its `getMessage`. The message leaves `messages` until it comes again. Throws `MOCK_UNKNOWN_MESSAGE`.
   */
  askAgain(id: string): void {
    this.#device.requestAgain(id);
  }

  /**
   * Resolves when a client has confirmed the message with this id. Rejects with `MOCK_MESSAGE_REFUSED` when every
   * client it went to refused it, and with `MOCK_TIMED_OUT`.
   */
  async delivered(id: string, { timeoutMs = 10_000 }: DeliveredOptions = {}): Promise<void> {
    await this.#device.outbox.delivered(id, timeoutMs, () => this.#context.journal.toTable());
  }

  #chat(to: ChatTarget, addressing: Addressing): string {
    if ("jid" in to) return to.jid;
    const account = this.#context.world.byPhoneNumber(to.phoneNumber);
    if (to instanceof Phone && account?.companions.length === 0) {
      throw new MockServerError(
        "MOCK_NO_COMPANION",
        "No device is linked to this phone: pair a client with phone.scan() or phone.enterPairingCode() first",
      );
    }
    return to[addressing];
  }

  /** Sends a message about another one into the chat that one is in. */
  async #answer(
    about: MessageChoice,
    compose: (reference: MessageReference) => proto.IMessage,
  ): Promise<SentReference> {
    const reference = this.#reference(about);
    const id = this.#device.newMessageId();
    await this.#device.send(compose(reference), { id, to: reference.chat });
    return { id };
  }

  #reference(message: MessageChoice): MessageReference {
    return this.#device.reference(idOf(message));
  }

  /** Who made a poll and who votes, in the names of the chat: the key of the vote is made from them. */
  #voteNames({ chat, author }: MessageReference): { creator: string; voter: string } {
    const voter = chat.endsWith(`@${PN_SERVER}`) ? this.pn : this.lid;
    return { voter, creator: author ?? voter };
  }
}

function idOf(message: MessageChoice): string {
  return typeof message === "string" ? message : message.id;
}
