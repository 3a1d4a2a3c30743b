import type { Clock } from "@motte/core/clock";
import type { Login } from "../session/login.ts";
import type { FindAccount } from "../snapshot/part.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import type { Companion } from "../world/companion.ts";

interface Waiting {
  readonly stanza: BinaryNode;
  /** On the monotonic clock. */
  readonly expiresAt: number;
}

/** What waits for one client, and for how much longer. */
export interface ChatStatesSnapshot {
  readonly phoneNumber: string;
  readonly device: number;
  readonly waiting: readonly {
    readonly key: string;
    readonly stanza: BinaryNode;
    readonly leftMs: number;
  }[];
}

/**
 * Typing notices. A client that is away, or has not said that its user is there, gets them when that changes: the
 * newest of each person and chat, and only if it is not too old by then.
 */
export class ChatStates {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #waiting = new Map<Companion, Map<string, Waiting>>();

  constructor({ clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number }) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  /** @param login The login of `companion`, if it has one */
  send(companion: Companion, login: Login | undefined, stanza: BinaryNode): void {
    if (login !== undefined && isThere(login)) {
      login.send(stanza);
      return;
    }
    const waiting = this.#waiting.get(companion) ?? new Map<string, Waiting>();
    const key = `${attr(stanza, "from")} ${attr(stanza, "participant")}`;
    waiting.delete(key);
    waiting.set(key, { stanza, expiresAt: this.#clock.monotonic() + this.#ttlMs });
    this.#waiting.set(companion, waiting);
  }

  toSnapshot(): readonly ChatStatesSnapshot[] {
    const now = this.#clock.monotonic();
    return [...this.#waiting].flatMap(([companion, states]) => {
      const waiting = [...states]
        .map(([key, { stanza, expiresAt }]) => ({
          key,
          stanza,
          leftMs: Math.round(expiresAt - now),
        }))
        .filter(({ leftMs }) => leftMs > 0);
      const { account, device } = companion;
      return waiting.length === 0 ? [] : [{ phoneNumber: account.phoneNumber, device, waiting }];
    });
  }

  fromSnapshot(snapshot: readonly ChatStatesSnapshot[], who: FindAccount): void {
    this.#waiting.clear();
    const now = this.#clock.monotonic();
    for (const { phoneNumber, device, waiting } of snapshot) {
      const companion = who(phoneNumber).companion(device);
      if (companion === undefined) continue;
      const states = waiting.map(({ key, stanza, leftMs }): [string, Waiting] => {
        return [key, { stanza, expiresAt: now + leftMs }];
      });
      this.#waiting.set(companion, new Map(states));
    }
  }

  /** Gives a client what waits for it, if it is there now. */
  flush(login: Login): void {
    if (!isThere(login)) return;
    const waiting = this.#waiting.get(login.companion)?.values() ?? [];
    this.#waiting.delete(login.companion);
    const now = this.#clock.monotonic();
    for (const { stanza, expiresAt } of waiting) {
      if (expiresAt > now) login.send(stanza);
    }
  }
}

function isThere({ drained, available }: Login): boolean {
  return drained && available;
}
