import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import type {
  AuthBackend,
  BackendSession,
  CredsGeneration,
  DeleteSessionOptions,
  Fence,
  OpenSessionOptions,
  ScannedPage,
  SessionSummary,
  WriteBatch,
} from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { errorOfMessage } from "./thread-errors.ts";
import { SqliteThread } from "./thread-client.ts";
import { type ThreadData, packBatch, unpackBytes, unpackPage } from "./thread-messages.ts";

export interface ThreadedSqliteOptions {
  readonly data: ThreadData;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the database in a thread of its own, so that neither a disk flush nor a large batch holds up the event loop. */
export async function threadedSqliteBackend(
  options: ThreadedSqliteOptions,
): Promise<ThreadedSqliteBackend> {
  const thread = new SqliteThread(options);
  const { location, credsGenerations } = await thread.ready;
  const { durability } = options.data;
  return new ThreadedSqliteBackend(thread, location, {
    atomicBatch: true,
    fencing: "transactional",
    durability,
    credsGenerations,
  });
}

class ThreadedSqliteBackend implements AuthBackend {
  readonly kind = "sqlite";
  readonly location: string;
  readonly capabilities: AuthBackend["capabilities"];
  readonly #thread: SqliteThread;
  #closing: Promise<void> | undefined;

  constructor(thread: SqliteThread, location: string, capabilities: AuthBackend["capabilities"]) {
    this.#thread = thread;
    this.location = location;
    this.capabilities = capabilities;
  }

  async open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession> {
    const { create, leaseMs, owner, isKnownDead } = options;
    let deadOwner: string | undefined;
    for (;;) {
      this.#assertOpen();
      const asks = { sessionId, owner, deadOwner, create, leaseMs };
      const answer = await this.#thread.call("open", asks);
      if ("session" in answer) {
        return new ThreadedSqliteSession({
          thread: this.#thread,
          session: answer.session,
          fence: answer.fence,
          sessionId,
          assertOpen: () => this.#assertOpen(),
        });
      }
      if (!isKnownDead(answer.asked)) throw errorOfMessage(answer.error);
      deadOwner = answer.asked;
    }
  }

  async *list(): AsyncGenerator<SessionSummary> {
    yield* this.#thread.stream((stream) => {
      this.#assertOpen();
      return this.#thread.call("list", { stream });
    });
  }

  async delete(sessionId: string, { isKnownDead }: DeleteSessionOptions): Promise<void> {
    let deadOwner: string | undefined;
    for (;;) {
      this.#assertOpen();
      const answer = await this.#thread.call("delete", { sessionId, deadOwner });
      if (answer === undefined) return;
      if (!isKnownDead(answer.asked)) throw errorOfMessage(answer.error);
      deadOwner = answer.asked;
    }
  }

  async integrityCheck(): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#thread.call("integrityCheck", {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#thread.close());
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new AuthStoreError(
      "AUTH_STORE_CLOSED",
      `The backend of ${this.location} has been closed`,
    );
  }
}

interface ThreadedSessionParts {
  readonly thread: SqliteThread;
  /** The thread's number for the session. */
  readonly session: number;
  readonly fence: Fence;
  readonly sessionId: string;
  readonly assertOpen: () => void;
}

class ThreadedSqliteSession implements BackendSession {
  readonly fence: Fence;
  readonly #parts: ThreadedSessionParts;
  #released = false;

  constructor(parts: ThreadedSessionParts) {
    this.fence = parts.fence;
    this.#parts = parts;
  }

  async readCreds(): Promise<Uint8Array | null> {
    return this.#thread().call("readCreds", this.#asks());
  }

  async readCredsHistory(): Promise<readonly CredsGeneration[]> {
    return this.#thread().call("readCredsHistory", this.#asks());
  }

  async readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#thread().call("readMeta", this.#asks());
  }

  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    const thread = this.#thread();
    if (ids.length === 0) return [];
    return unpackBytes(await thread.call("read", { ...this.#asks(), type, ids }));
  }

  async commit(batch: WriteBatch): Promise<void> {
    const thread = this.#thread();
    const packed = packBatch(batch);
    await thread.call("commit", { ...this.#asks(), batch: packed }, [packed.values.bytes.buffer]);
  }

  async types(): Promise<readonly string[]> {
    return this.#thread().call("types", this.#asks());
  }

  async *ids(type: string): AsyncGenerator<string> {
    yield* this.#parts.thread.stream((stream) =>
      this.#thread().call("ids", { ...this.#asks(), stream, type }),
    );
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    for await (const page of this.scanPages(type)) {
      // Whoever keeps a single one should not keep all of its page.
      for (const [id, value] of page) yield [id, value.slice()];
    }
  }

  async *scanPages(type: string): AsyncGenerator<ScannedPage> {
    yield* this.#parts.thread.pages(async (stream) => {
      const page = await this.#thread().call("scan", { ...this.#asks(), stream, type });
      return { items: page === undefined ? [] : unpackPage(page), done: page === undefined };
    });
  }

  async renew(): Promise<"renewed" | "lost"> {
    return this.#thread().call("renew", this.#asks());
  }

  async release(): Promise<void> {
    if (this.#released) return;
    await this.#thread().call("release", this.#asks());
    this.#released = true;
  }

  #asks(): { readonly session: number } {
    return { session: this.#parts.session };
  }

  /** The thread, unless session or backend have been closed. */
  #thread(): SqliteThread {
    this.#parts.assertOpen();
    if (!this.#released) return this.#parts.thread;
    throw new AuthStoreError("AUTH_STORE_CLOSED", "This session has been given up: open it again", {
      sessionId: this.#parts.sessionId,
    });
  }
}
