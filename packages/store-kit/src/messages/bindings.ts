import { type EventSource, type MessageEvents, subscribe } from "./event-feed.ts";

/** The emitters that a store listens to, each once. */
export class Bindings implements Disposable {
  readonly #bound = new Map<EventSource, Disposable>();
  readonly #listener: (events: MessageEvents) => void;

  constructor(listener: (events: MessageEvents) => void) {
    this.#listener = listener;
  }

  bind(ev: EventSource): Disposable {
    const bound = this.#bound.get(ev);
    if (bound !== undefined) return bound;
    let isBound = true;
    const unsubscribe = subscribe(ev, (events) => {
      // A source may go on with a flush that it was in the middle of.
      if (isBound) this.#listener(events);
    });
    const binding = {
      [Symbol.dispose]: () => {
        if (!this.#bound.delete(ev)) return;
        isBound = false;
        unsubscribe();
      },
    };
    this.#bound.set(ev, binding);
    return binding;
  }

  [Symbol.dispose](): void {
    for (const binding of this.#bound.values()) binding[Symbol.dispose]();
  }
}
