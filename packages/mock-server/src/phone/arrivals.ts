import { MockServerError } from "../errors.ts";
import { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";
import { LID_SERVER, parseJid, userJid } from "../wire/jid.ts";
import type { MessageReference } from "./content/message-reference.ts";
import { encodedMessage } from "./encoded-message.ts";
import type { Incoming } from "./incoming.ts";

/** A message that came and was read. */
export interface Arrived {
  readonly stanza: BinaryNode;
  /** The JID of the device that wrote it, by LID. */
  readonly author: string;
  readonly message: proto.IMessage;
}

/** Each message encoded. */
export type ArrivalsSnapshot = readonly (Omit<Arrived, "message"> & {
  readonly id: string;
  readonly message: Buffer;
})[];

/** The messages a device has read, kept so that it can answer them or ask for them again. */
export class Arrivals {
  readonly #arrived = new Map<string, Arrived>();

  add({ stanza, author }: Incoming, message: proto.IMessage): void {
    const arrived = { stanza, author: author.jidOn(LID_SERVER), message };
    this.#arrived.set(requiredAttr(stanza, "id"), arrived);
  }

  /** Whether a message came before that this is a copy of. */
  has({ stanza }: Incoming): boolean {
    const first = this.#arrived.get(requiredAttr(stanza, "id"))?.stanza.attrs;
    const { from, participant } = stanza.attrs;
    return first !== undefined && first["from"] === from && first["participant"] === participant;
  }

  find(id: string): Arrived | undefined {
    return this.#arrived.get(id);
  }

  /** Throws `MOCK_UNKNOWN_MESSAGE`. */
  get(id: string): Arrived {
    const arrived = this.find(id);
    if (arrived !== undefined) return arrived;
    throw new MockServerError(
      "MOCK_UNKNOWN_MESSAGE",
      `No message with the id ${id} was received: pass the id of one of contact.messages`,
    );
  }

  /** The message as another one points at it. Throws `MOCK_UNKNOWN_MESSAGE`. */
  reference(id: string): MessageReference {
    const { stanza, message } = this.get(id);
    const from = requiredAttr(stanza, "from");
    const participant = attr(stanza, "participant");
    if (participant !== undefined) {
      return { id, chat: from, author: userJid(parseJid(participant)), message };
    }
    const chat = userJid(parseJid(from));
    return { id, chat, author: chat, message };
  }

  toSnapshot(): ArrivalsSnapshot {
    return [...this.#arrived].map(([id, { stanza, author, message }]) => {
      return { id, stanza, author, message: encodedMessage(message) };
    });
  }

  fromSnapshot(snapshot: ArrivalsSnapshot): void {
    this.#arrived.clear();
    for (const { id, stanza, author, message } of snapshot) {
      this.#arrived.set(id, { stanza, author, message: proto.Message.decode(message) });
    }
  }
}
