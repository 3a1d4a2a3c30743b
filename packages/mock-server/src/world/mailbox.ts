import type { BinaryNode } from "../wire/binary-node.ts";

/** Sends one stanza on the connection of the moment. */
export type Outlet = (stanza: BinaryNode) => void;

/** What a client's ack or receipt says about a stanza it was given. */
export interface Settlement {
  /** The tag of the stanza that is settled. */
  readonly kind: string;
  readonly id: string;
  /** Several receipts share an id and differ in type. */
  readonly type?: string | undefined;
}

/**
 * Stanzas for one device, in order. Each stays until the client has settled it, so what a lost connection
 * swallowed is given again at the next login.
 */
export class Mailbox {
  readonly #waiting: BinaryNode[] = [];
  #outlet: Outlet | undefined;
  readonly #retried = new Set<string>();

  /** Stanzas the client has not settled yet. */
  get waiting(): readonly BinaryNode[] {
    return this.#waiting;
  }

  push(stanza: BinaryNode): void {
    this.#waiting.push(stanza);
    this.#outlet?.(stanza);
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
  settle({ kind, id, type }: Settlement): void {
    let oldest: number | undefined;
    for (const [index, { tag, attrs }] of this.#waiting.entries()) {
      if (tag !== kind || attrs["id"] !== id) continue;
      oldest ??= index;
      // A message's own type says what is in it, and no answer to it repeats that.
      if (kind !== "message" && attrs["type"] !== type) continue;
      oldest = index;
      break;
    }
    if (oldest !== undefined) this.#waiting.splice(oldest, 1);
  }

  /** The client asked for a message again: the copy it could not read is settled. */
  settleByRetry(id: string): void {
    this.settle({ kind: "message", id });
    this.#retried.add(id);
  }

  /**
   * The client refused a message. Baileys refuses right after it asked for a retry (messages-recv.js: error 500),
   * and that refusal belongs to the first copy, not to the one that may already be on its way: false then.
   */
  settleByRefusal(id: string): boolean {
    if (this.#retried.delete(id)) return false;
    this.settle({ kind: "message", id });
    return true;
  }
}
