import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { StanzaIds } from "../seed/stanza-ids.ts";
import type { SnapshotPart } from "./part.ts";
import { snapshotParts } from "./parts.ts";
import {
  type OpenedSnapshot,
  type WorldSnapshot,
  openSnapshot,
  sealSnapshot,
} from "./world-snapshot.ts";

export interface SnapshotsParts {
  readonly context: ServerContext;
  readonly ids: StanzaIds;
  readonly seed: string;
  /** Ends every connection at once, without a goodbye. */
  readonly cutAll: () => void;
}

/** Takes the world of one server down and puts it back. */
export class Snapshots {
  readonly #context: ServerContext;
  readonly #seed: string;
  readonly #cutAll: () => void;
  readonly #parts: Readonly<Record<string, SnapshotPart<unknown>>>;

  constructor({ context, ids, seed, cutAll }: SnapshotsParts) {
    this.#context = context;
    this.#seed = seed;
    this.#cutAll = cutAll;
    this.#parts = snapshotParts(context, ids);
  }

  /** Waits for those who are busy, so that no message is lost between two devices. */
  async take(): Promise<WorldSnapshot> {
    await this.#rest();
    const parts = Object.entries(this.#parts).map(
      ([name, part]) => [name, part.toSnapshot()] as const,
    );
    return sealSnapshot(this.#seed, parts);
  }

  /** Checks everything before anybody's connection is cut. */
  async restore(snapshot: unknown): Promise<void> {
    const opened = this.#open(snapshot);
    this.#cutAll();
    await this.#rest();
    // Clients that have come back meanwhile have seen the old world.
    this.#cutAll();
    this.#put(opened);
  }

  /** Before the first connection. */
  start(snapshot: unknown): void {
    this.#put(this.#open(snapshot));
  }

  #open(snapshot: unknown): OpenedSnapshot {
    const opened = openSnapshot(snapshot, Object.keys(this.#parts));
    if (opened.seed === this.#seed) return opened;
    throw new MockServerError(
      "MOCK_BAD_SNAPSHOT",
      "This snapshot is of a server with another seed, whose keys clients know: start one with MockServer.start({ restore: snapshot })",
    );
  }

  #put({ parts }: OpenedSnapshot): void {
    this.#context.logins.clear();
    for (const [name, part] of Object.entries(this.#parts)) part.fromSnapshot(parts.get(name));
  }

  async #rest(): Promise<void> {
    const { work } = this.#context;
    while (work.busy) await work.pause();
  }
}
