import type { BinaryNode } from "../wire/binary-node.ts";
import { addresseeOf } from "../wire/jid.ts";

/** Sends one stanza on the connection of the moment. */
export type Outlet = (stanza: BinaryNode) => void;

/** What a client's ack or receipt says about a stanza it was given. */
export interface Settlement {
  /** The tag of the stanza that is settled. */
  readonly kind: string;
  readonly id: string;
  /** Several receipts share an id and differ in type. */
  readonly type?: string | undefined;
  /** Every name of the one whose stanza it is: senders choose their own ids, and two may choose the same. */
  readonly from?: readonly string[] | undefined;
  /** Every name of the author, in a group. */
  readonly participant?: readonly string[] | undefined;
}

/** How many stanzas a mailbox holds, and who hears of those it has no room for. */
export interface MailboxBounds {
  readonly capacity: number;
  /** The oldest stanza had to go. `count` is how many had to since the mailbox last had room. */
  readonly onDropped: (stanza: BinaryNode, count: number) => void;
}

const UNBOUNDED: MailboxBounds = { capacity: Number.POSITIVE_INFINITY, onDropped: () => {} };

/**
 * Stanzas for one device, in order. Each stays until the client has settled it, so what a lost connection
 * swallowed is given again at the next login. When it is full, each new stanza takes the place of the oldest.
 */
export class Mailbox {
  readonly #bounds: MailboxBounds;
  readonly #waiting: BinaryNode[] = [];
  #outlet: Outlet | undefined;
  #dropped = 0;
  readonly #retried = new Set<string>();

  constructor(bounds: MailboxBounds = UNBOUNDED) {
    this.#bounds = bounds;
  }

  /** Stanzas the client has not settled yet. */
  get waiting(): readonly BinaryNode[] {
    return this.#waiting;
  }

  push(stanza: BinaryNode): void {
    // First, so that a stanza that cannot be sent does not wait for the next login to fail there.
    this.#outlet?.(stanza);
    this.#makeRoom();
    this.#waiting.push(stanza);
  }

  /** Gives everything that waits, numbered as offline stanzas, then passes new ones on as they come. Returns how many waited. */
  open(outlet: Outlet): number {
    const offline = [...this.#waiting];
    for (const [index, stanza] of offline.entries()) {
      outlet({ ...stanza, attrs: { ...stanza.attrs, offline: String(index) } });
    }
    this.#outlet = outlet;
    return offline.length;
  }

  /** Keeps what comes for the next login. */
  close(): void {
    this.#outlet = undefined;
    this.#retried.clear();
  }

  /** Drops the oldest stanza this answers; nothing when there is none. */
  settle(settlement: Settlement): void {
    let oldest: number | undefined;
    for (const [index, stanza] of this.#waiting.entries()) {
      if (!answers(settlement, stanza)) continue;
      oldest ??= index;
      // A message's own type says what is in it, and no answer to it repeats that.
      if (stanza.tag !== "message" && stanza.attrs["type"] !== settlement.type) continue;
      oldest = index;
      break;
    }
    if (oldest !== undefined) this.#waiting.splice(oldest, 1);
  }

  /** The client asked for a message again: the copy it could not read is settled. */
  settleByRetry(message: Settlement): void {
    this.settle(message);
    this.#retried.add(keyOf(message));
  }

  /**
   * The client refused a message. Baileys refuses right after it asked for a retry (messages-recv.js: error 500),
   * and that refusal belongs to the first copy, not to the one that may already be on its way: false then.
   */
  settleByRefusal(message: Settlement): boolean {
    if (this.#retried.delete(keyOf(message))) return false;
    this.settle(message);
    return true;
  }

  #makeRoom(): void {
    if (this.#waiting.length < this.#bounds.capacity) {
      this.#dropped = 0;
      return;
    }
    const oldest = this.#waiting.shift();
    if (oldest !== undefined) this.#bounds.onDropped(oldest, ++this.#dropped);
  }
}

function answers({ kind, id, from, participant }: Settlement, { tag, attrs }: BinaryNode): boolean {
  if (tag !== kind || attrs["id"] !== id) return false;
  // The copy of an own message may be answered to its chat as well as to the device that wrote it.
  return (
    areOneOf(from, [attrs["from"], attrs["recipient"]]) &&
    areOneOf(participant, [attrs["participant"]])
  );
}

/** Names that are not there, on either side, contradict nothing: Baileys leaves out the author of some own messages. */
function areOneOf(
  names: readonly string[] | undefined,
  jids: readonly (string | undefined)[],
): boolean {
  const given = jids.filter((jid) => jid !== undefined);
  if (names === undefined || given.length === 0) return true;
  return given.some((jid) => names.includes(addresseeOf(jid)));
}

function keyOf({ id, from, participant }: Settlement): string {
  return [id, from?.[0], participant?.[0]].join(" ");
}
