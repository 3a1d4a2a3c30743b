/** Names of a recording and the ones they have now: one for one, so that it can be undone. */
export class Renames {
  readonly #forth = new Map<string, string>();
  readonly #back = new Map<string, string>();

  /** Throws for a second name of the same thing: the recording would no longer make sense. */
  add(recorded: string, live: string): void {
    if (this.#forth.get(recorded) === live) return;
    if (this.#forth.has(recorded) || this.#back.has(live)) {
      throw new Error("A name of a recording stands for two things");
    }
    this.#forth.set(recorded, live);
    this.#back.set(live, recorded);
  }

  get(recorded: string): string | undefined {
    return this.#forth.get(recorded);
  }

  /** The same JSON with every text that is a recorded name as a whole, device and all, renamed. */
  apply<T>(json: T): T {
    return renamed(json, this.#forth);
  }

  undo<T>(json: T): T {
    return renamed(json, this.#back);
  }
}

function renamed<T>(json: T, names: ReadonlyMap<string, string>): T {
  const rename = (value: unknown): unknown => {
    if (typeof value === "string") return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rename(each)]));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Texts became texts, and all else stayed.
  return rename(json) as T;
}
