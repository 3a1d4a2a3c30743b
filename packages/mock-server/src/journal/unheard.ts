import { hasCode } from "@motte/core/errors";

/**
 * Stanzas the server was about to send and could not, when nobody had asked for them who could be told: those a
 * device it plays wrote by itself, like a receipt.
 */
export class Unheard {
  readonly #failures: Error[] = [];

  /** Keeps the failure, if it is one of those. */
  add(error: unknown): void {
    if (error instanceof Error && hasCode(error, "MOCK_BAD_STANZA")) this.#failures.push(error);
  }

  /** Throws the first failure there was since the last time; what follows one is most often its consequence. */
  assertNone(): void {
    const [first] = this.#failures.splice(0);
    if (first !== undefined) throw first;
  }
}
