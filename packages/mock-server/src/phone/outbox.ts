import type { Clock } from "@motte/core/clock";
import { MockServerError } from "../errors.ts";
import { Waiters } from "../waiters.ts";

/** A message as it was sent, kept so that it can be encrypted again for a device that could not read it. */
export interface SentMessage {
  readonly id: string;
  /** An encoded `Message`, not padded. */
  readonly plaintext: Buffer;
  /** The attributes of its stanza. */
  readonly attrs: Readonly<Record<string, string>>;
}

/** What a virtual device has sent, and what came of it. */
export class Outbox {
  readonly #sent = new Map<string, SentMessage>();
  readonly #delivered = new Set<string>();
  readonly #waiters: Waiters<string>;

  constructor(clock: Clock) {
    this.#waiters = new Waiters(clock);
  }

  add(message: SentMessage): void {
    this.#sent.set(message.id, message);
  }

  get(id: string): SentMessage | undefined {
    return this.#sent.get(id);
  }

  onDelivered(id: string): void {
    if (!this.#sent.has(id) || this.#delivered.has(id)) return;
    this.#delivered.add(id);
    this.#waiters.announce(id);
  }

  /** Resolves once a client has confirmed the message, or at once when it already has. */
  async delivered(id: string, timeoutMs: number, describe: () => string): Promise<void> {
    if (this.#delivered.has(id)) return;
    if (!this.#sent.has(id)) {
      throw new MockServerError(
        "MOCK_UNKNOWN_MESSAGE",
        "No message with this id was sent: pass the id that say() returned",
      );
    }
    await this.#waiters.wait({
      matches: (each) => each === id,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No client confirmed the message within ${timeoutMs} ms. What the server saw:\n${describe()}`,
        ),
    });
  }

  close(error: Error): void {
    this.#waiters.close(error);
  }
}
