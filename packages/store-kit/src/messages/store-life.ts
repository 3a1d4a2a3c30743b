import { UsageError } from "@motte/core/errors";
import { Bindings } from "./bindings.ts";
import type { EventSource, MessageEvents } from "./event-feed.ts";

/** Whether a store is open, and what it listens to until it closes. */
export class StoreLife {
  readonly #bindings: Bindings;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(listener: (events: MessageEvents) => void) {
    this.#bindings = new Bindings(listener);
  }

  /** @throws UsageError once the store is closed. */
  assertOpen(): void {
    if (this.#isClosed) throw new UsageError("USAGE_CLOSED", "The message store is closed");
  }

  bind(ev: EventSource): Disposable {
    this.assertOpen();
    return this.#bindings.bind(ev);
  }

  /** Stops listening; the store is open until `finish` has resolved, and `release` comes after. Once. */
  close(finish: () => Promise<void>, release: () => void = () => {}): Promise<void> {
    this.#closing ??= this.#close(finish, release);
    return this.#closing;
  }

  async #close(finish: () => Promise<void>, release: () => void): Promise<void> {
    this.#bindings[Symbol.dispose]();
    await finish();
    this.#isClosed = true;
    release();
  }
}
