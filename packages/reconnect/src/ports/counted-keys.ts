import type { SignalKeyStore } from "@whiskeysockets/baileys";

/** Counts the writes of a key store that are under way. */
export class WritesUnderWay {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  get count(): number {
    return this.#count;
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** The same store, seen through: everything it has stays, and its writes are counted. */
  counting(keys: SignalKeyStore): SignalKeyStore {
    const set: SignalKeyStore["set"] = (data) => this.#during(() => keys.set(data));
    const clear: SignalKeyStore["clear"] = () => this.#during(async () => keys.clear?.());
    return new Proxy(keys, {
      get: (_, name) => {
        if (name === "set") return set;
        const value: unknown = Reflect.get(keys, name);
        if (typeof value !== "function") return value;
        // Bound, because stores keep private fields, which a proxy does not have.
        return name === "clear" ? clear : value.bind(keys);
      },
    });
  }

  async #during(write: () => void | Promise<void>): Promise<void> {
    this.#count++;
    try {
      await write();
    } finally {
      this.#count--;
      if (this.#count === 0) {
        for (const wake of this.#waiting) wake();
        this.#waiting.clear();
      }
    }
  }
}
