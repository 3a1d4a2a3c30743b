/** The patches of one collection. The version counts them. */
interface Collection {
  readonly patches: Buffer[];
}

/** The settings an account's devices share, as encrypted patches. The server cannot read them, only number them. */
export class AppState {
  readonly #collections = new Map<string, Collection>();

  version(name: string): number {
    return this.#collection(name).patches.length;
  }

  /** Patches later than `version`. */
  patchesAfter(name: string, version: number): readonly Buffer[] {
    return this.#collection(name).patches.slice(version);
  }

  append(name: string, patch: Buffer): void {
    this.#collection(name).patches.push(patch);
  }

  #collection(name: string): Collection {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const collection: Collection = { patches: [] };
    this.#collections.set(name, collection);
    return collection;
  }
}
