/** Subscribes a listener; disposing the result unsubscribes it. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * Owns an event: keep the emitter private and hand out `emitter.event`.
 *
 * A listener that throws does not stop the others; its error surfaces as an uncaught exception, as with
 * `EventTarget`, unless `onListenerError` takes it.
 */
export class Emitter<T> {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = throwLater) {
    this.#onListenerError = onListenerError;
  }

  readonly event: Event<T> = (call) => {
    const entry = { call };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  };

  get listenerCount(): number {
    return this.#listeners.size;
  }

  emit(value: T): void {
    // A copy, so that a listener added while emitting hears only the next value.
    const listeners = [...this.#listeners];
    for (const { call } of listeners) {
      try {
        call(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
