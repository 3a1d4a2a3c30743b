import type { ServerContext } from "../context.ts";
import { assertKnownOptions } from "@motte/core/options";
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
  /** Asked for late: these snapshots are in it. */
  readonly context: () => ServerContext;
  readonly ids: StanzaIds;
  readonly seed: string;
  /** Ends every connection at once, without a goodbye. */
  readonly cutAll: () => void;
}

export interface RestoreOptions {
  /**
   * Let ids go on instead of repeating those of what is undone. Needed where a client goes on that has seen them: it
   * may take another message with an id it knows for the one it has. @defaultValue `false`
   */
  readonly newIds?: boolean;
}

/** Takes the world of one server down and puts it back. */
export class Snapshots {
  readonly #given: SnapshotsParts;

  constructor(given: SnapshotsParts) {
    this.#given = given;
  }

  /** Waits for those who are busy, so that no message is lost between two devices. */
  async take(): Promise<WorldSnapshot> {
    // What they read may make them write.
    this.#given.context().people.catchUp();
    await this.#rest();
    const parts = this.#parts.map(([name, part]) => [name, part.toSnapshot()] as const);
    return sealSnapshot(this.#given.seed, parts);
  }

  /** Checks everything before anybody's connection is cut. */
  async restore(snapshot: unknown, options: RestoreOptions = {}): Promise<void> {
    assertKnownOptions("server.restore", options, ["newIds"]);
    const opened = this.#open(snapshot);
    this.#given.cutAll();
    await this.#rest();
    // Clients that have come back meanwhile have seen the old world.
    this.#given.cutAll();
    this.#put(opened);
    if (options.newIds === true) this.#given.ids.startTimeline();
  }

  /** Before the first connection. */
  start(snapshot: unknown): void {
    this.#put(this.#open(snapshot));
  }

  /** Ends every connection at once, without a goodbye. */
  cutAll(): void {
    this.#given.cutAll();
  }

  get #parts(): readonly (readonly [string, SnapshotPart<unknown>])[] {
    const { context, ids } = this.#given;
    return Object.entries(snapshotParts(context(), ids));
  }

  #open(snapshot: unknown): OpenedSnapshot {
    const opened = openSnapshot(
      snapshot,
      this.#parts.map(([name]) => name),
    );
    if (opened.seed === this.#given.seed) return opened;
    throw new MockServerError(
      "MOCK_BAD_SNAPSHOT",
      "This snapshot is of a server with another seed, whose keys its clients know: start one with MockServer.start({ restore: snapshot })",
    );
  }

  #put({ parts }: OpenedSnapshot): void {
    this.#given.context().logins.clear();
    for (const [name, part] of this.#parts) part.fromSnapshot(parts.get(name));
  }

  async #rest(): Promise<void> {
    const { work } = this.#given.context();
    while (work.busy) await work.pause();
  }
}
