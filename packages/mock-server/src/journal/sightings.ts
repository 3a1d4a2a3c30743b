import type { JournalEntry } from "./entry.ts";
import type { Matcher } from "./expect-match.ts";
import type { Journal } from "./journal.ts";

export interface SightingsParts {
  readonly journal: Journal;
  readonly matcher: Matcher;
  /** Only entries later than this sequence number. */
  readonly after: number;
  /** One more was found, or one could not be judged. */
  readonly onFound: (sightings: Sightings) => void;
}

/** The entries that suit a matcher, from the past and as they come. */
export class Sightings implements Disposable {
  readonly #parts: SightingsParts;
  readonly #subscriptions: readonly Disposable[];
  /** Messages whose content nobody has decrypted yet, by their id. */
  readonly #undecided = new Map<string, JournalEntry[]>();
  #found: JournalEntry[] = [];
  #failure: { readonly error: unknown } | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(parts: SightingsParts) {
    this.#parts = parts;
    const { journal, after } = parts;
    for (const entry of journal.entries) if (entry.sequence > after) this.#look(entry);
    this.#subscriptions = [
      journal.onEntry((entry) => this.#look(entry)),
      journal.onPlain((id) => this.#decide(id)),
    ];
  }

  /** In the order they were written down. */
  get found(): readonly JournalEntry[] {
    return this.#found;
  }

  /** The matcher has thrown, or a message that may suit could not be decrypted. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when all messages of the past were read that can be. */
  settled(): Promise<void> {
    return this.#reading;
  }

  assertReadable(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #look(entry: JournalEntry): void {
    try {
      this.#judge(entry);
    } catch (error) {
      this.#fail(error);
    }
  }

  #judge(entry: JournalEntry): void {
    const { matches, matchesPlain } = this.#parts.matcher;
    if (!matches(entry)) return;
    if (matchesPlain === undefined) return this.#add(entry);
    const { plain } = entry;
    if (plain !== undefined) {
      if (matchesPlain(plain)) this.#add(entry);
      return;
    }
    const { id = "" } = entry.attrs;
    this.#undecided.set(id, [...(this.#undecided.get(id) ?? []), entry]);
    this.#decide(id);
  }

  #decide(id: string): void {
    const undecided = this.#undecided.get(id);
    if (undecided === undefined) return;
    this.#reading = this.#reading
      .then(() => this.#read(id, undecided))
      .catch((error: unknown) => this.#fail(error));
  }

  async #read(id: string, undecided: readonly JournalEntry[]): Promise<void> {
    const { journal } = this.#parts;
    for (const entry of undecided) if (await journal.plain(entry)) this.#settle(id, entry);
  }

  #settle(id: string, entry: JournalEntry): void {
    const rest = this.#undecided.get(id)?.filter((each) => each !== entry) ?? [];
    if (rest.length === 0) this.#undecided.delete(id);
    else this.#undecided.set(id, rest);
    if (!this.#found.includes(entry)) this.#look(entry);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#parts.onFound(this);
  }

  #add(entry: JournalEntry): void {
    this.#found = [...this.#found, entry].toSorted((a, b) => a.sequence - b.sequence);
    this.#parts.onFound(this);
  }
}
