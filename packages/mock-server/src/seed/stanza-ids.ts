import { createHash } from "node:crypto";

const MESSAGE_ID_BYTES = 9;

/** The ids of what the server makes: `mock-1` and so on for its own stanzas, `3EB0…` for messages people send. */
export class StanzaIds {
  #count = 0;
  /** Counts how often the world was put back under clients that have seen ids since. Not in a snapshot. */
  #timeline = 0;

  next(): string {
    const timeline = this.#timeline === 0 ? "" : `${this.#timeline}-`;
    return `mock-${timeline}${++this.#count}`;
  }

  /** @param draw Draws bytes of the sender's own stream */
  message(draw: (length: number) => Buffer): string {
    const drawn = draw(MESSAGE_ID_BYTES);
    return `3EB0${this.#unseen(drawn).toString("hex").toUpperCase()}`;
  }

  /** From now on the same draws give other ids. */
  startTimeline(): void {
    this.#timeline++;
  }

  toSnapshot(): number {
    return this.#count;
  }

  fromSnapshot(count: number): void {
    this.#count = count;
  }

  #unseen(drawn: Buffer): Buffer {
    if (this.#timeline === 0) return drawn;
    const hash = createHash("sha256").update(`${this.#timeline} `).update(drawn);
    return hash.digest().subarray(0, MESSAGE_ID_BYTES);
  }
}
