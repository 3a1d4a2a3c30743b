import { Emitter, type Event } from "@motte/core/events";

/** A patch as the server keeps it. */
export interface StoredPatch {
  readonly collection: string;
  readonly version: number;
  readonly bytes: Buffer;
  /** The device that made it; 0 is the phone. */
  readonly device: number;
}

/** What a client that knows a collection up to some version has missed. */
export interface PatchPage {
  readonly patches: readonly StoredPatch[];
  /** There are more after these. */
  readonly more: boolean;
}

// A client asks again after each page, until it hears that there is no more.
const PAGE_SIZE = 100;

export type AppStateSnapshot = readonly StoredPatch[];

/** The settings an account's devices share, as encrypted patches. The server cannot read them, only number them. */
export class AppState {
  readonly #collections = new Map<string, StoredPatch[]>();
  readonly #appended = new Emitter<StoredPatch>();

  get onPatch(): Event<StoredPatch> {
    return this.#appended.event;
  }

  version(collection: string): number {
    return this.#collections.get(collection)?.length ?? 0;
  }

  patchesAfter(collection: string, version: number): PatchPage {
    const missed = this.#collections.get(collection)?.slice(version) ?? [];
    return { patches: missed.slice(0, PAGE_SIZE), more: missed.length > PAGE_SIZE };
  }

  toSnapshot(): AppStateSnapshot {
    return [...this.#collections.values()].flat();
  }

  /** Without news of it: whoever reads patches has a snapshot too. */
  fromSnapshot(patches: AppStateSnapshot): void {
    this.#collections.clear();
    for (const patch of patches) this.#store(patch);
  }

  append(patch: StoredPatch): void {
    this.#store(patch);
    this.#appended.emit(patch);
  }

  #store(patch: StoredPatch): void {
    const patches = this.#collections.get(patch.collection);
    if (patches === undefined) this.#collections.set(patch.collection, [patch]);
    else patches.push(patch);
  }
}
