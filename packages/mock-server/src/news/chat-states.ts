import type { Clock } from "@motte/core/clock";
import type { Login } from "../session/login.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import type { Companion } from "../world/companion.ts";

interface Waiting {
  readonly stanza: BinaryNode;
  /** On the monotonic clock. */
  readonly expiresAt: number;
}

/**
 * Typing notices. A client that is away, or has not said that its user is there, gets them when that changes: the
 * newest of each person and chat, and only if it is not too old by then.
 */
export class ChatStates {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #waiting = new WeakMap<Companion, Map<string, Waiting>>();

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
