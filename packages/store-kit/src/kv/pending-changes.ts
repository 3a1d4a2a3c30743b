import { type Change, type KV, type Stored, isDeletion, stored } from "./kv.ts";

/** Changes of one namespace that are still to be made, the last of each key. */
export class PendingChanges {
  readonly #changes = new Map<string, Change>();
  // Everything older is to be deleted first.
  #clears = false;
  #sinceMs: number | undefined;
  #bytes = 0;

  /** When the oldest was added. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#changes.size + (this.#clears ? 1 : 0);
  }

  get isEmpty(): boolean {
    return this.entries === 0;
  }

  add(changes: readonly Change[], nowMs: number): void {
    if (changes.length > 0) this.#sinceMs ??= nowMs;
    for (const change of changes) {
      const before = this.#changes.get(change.key);
      if (before) this.#bytes -= sizeOf(before);
      this.#bytes += sizeOf(change);
      this.#changes.set(change.key, change);
    }
  }

  clear(nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#changes.clear();
    this.#bytes = 0;
    this.#clears = true;
  }

  /** What is known of a key here: an entry, or that there is none. `undefined` when nothing is known. */
  look(key: string, nowMs: number): { readonly entry: Stored | undefined } | undefined {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#clears ? { entry: undefined } : undefined;
    const { value, expiresAtMs } = change;
    if (value === undefined || isDeletion(change, nowMs)) return { entry: undefined };
    return { entry: stored(Buffer.from(value), expiresAtMs) };
  }

  /** These and then the later ones, as one. */
  followedBy(later: PendingChanges): PendingChanges {
    const both = new PendingChanges();
    both.#sinceMs = this.#sinceMs ?? later.#sinceMs;
    both.#clears = this.#clears || later.#clears;
    const since = both.#sinceMs ?? 0;
    if (!later.#clears) both.add([...this.#changes.values()], since);
    both.add([...later.#changes.values()], since);
    return both;
  }

  async writeTo(kv: KV): Promise<void> {
    if (this.#clears) await kv.clear();
    if (this.#changes.size > 0) await kv.write([...this.#changes.values()]);
  }
}

function sizeOf({ key, value }: Change): number {
  return key.length + (value?.byteLength ?? 0);
}
