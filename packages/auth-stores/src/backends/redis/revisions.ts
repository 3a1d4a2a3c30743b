/** A server that has lost writes it had acknowledged, as happens when a replica takes over that was behind. */
export interface RecoveredSession {
  readonly sessionId: string;
  /** How many commits this process knows to have been acknowledged. */
  readonly acknowledgedRevision: number;
  /** How many of them the server still knew. */
  readonly foundRevision: number;
}

// By session, for as long as the process lives, so that opening again notices, too. `createdAtMs` tells a session
// from another one of the same name.
const acknowledged = new Map<string, { createdAtMs: string; revision: number }>();

/** What this process knows of one session's revision, and who is told when the server knows less. */
export class RevisionWatch {
  readonly #key: string;
  readonly #createdAtMs: string;
  readonly #sessionId: string;
  readonly #onRecovered: (event: RecoveredSession) => void;

  constructor(options: {
    readonly location: string;
    readonly sessionId: string;
    readonly createdAtMs: string;
    readonly onRecovered: (event: RecoveredSession) => void;
  }) {
    this.#key = JSON.stringify([options.location, options.sessionId]);
    this.#createdAtMs = options.createdAtMs;
    this.#sessionId = options.sessionId;
    this.#onRecovered = options.onRecovered;
  }

  /** The highest revision acknowledged so far. */
  get revision(): number {
    const known = acknowledged.get(this.#key);
    return known?.createdAtMs === this.#createdAtMs ? known.revision : 0;
  }

  /** Takes the server's revision; `atLeast` is what it must be unless acknowledged writes are gone. */
  note(revision: number, atLeast: number): void {
    const lost = revision < atLeast;
    const known = this.revision;
    if (lost || revision > known) {
      acknowledged.set(this.#key, { createdAtMs: this.#createdAtMs, revision });
    }
    if (!lost) return;
    this.#onRecovered({
      sessionId: this.#sessionId,
      acknowledgedRevision: known,
      foundRevision: revision,
    });
  }
}
