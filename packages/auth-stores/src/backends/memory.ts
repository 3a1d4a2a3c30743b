import { type Clock, systemClock } from "@motte/core/clock";
import type {
  AuthBackend,
  BackendSession,
  CredsGeneration,
  Fence,
  OpenSessionOptions,
  SessionSummary,
  WriteBatch,
} from "../backend.ts";
import { AuthStoreError } from "../errors.ts";
import { assertFree, fencedOff } from "../lease-conflict.ts";
import { missingSession } from "../opened-creds.ts";

const GENERATIONS = 5;

/** One session's data. Replaced as a whole by every commit, never changed in place. */
interface Content {
  readonly creds: Uint8Array | null;
  readonly revision: number;
  readonly history: readonly CredsGeneration[];
  readonly meta: ReadonlyMap<string, Uint8Array>;
  readonly records: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
  readonly lastBatch: string | null;
}

interface StoredSession {
  content: Content;
  epoch: number;
  owner: string | null;
  leaseUntilMs: number;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

/** The place a memory backend keeps its sessions in. Pass one to several backends to let them share it. */
export class MemoryPlace {
  static #count = 0;
  /** Unique in the process. */
  readonly location: string = `memory:${MemoryPlace.#count++}`;
  /** @internal */
  readonly sessions: Map<string, StoredSession> = new Map();
}

export interface MemoryBackendOptions {
  /** @defaultValue a new place */
  readonly place?: MemoryPlace;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/** Keeps everything in this process: for tests, and for trying something out. */
export function memoryBackend(options: MemoryBackendOptions = {}): AuthBackend {
  const { place = new MemoryPlace(), clock = systemClock } = options;
  const { sessions } = place;
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new AuthStoreError("AUTH_STORE_CLOSED", "The memory backend has been closed");
  };

  return {
    kind: "memory",
    location: place.location,
    capabilities: {
      atomicBatch: true,
      fencing: "transactional",
      durability: "none",
      credsGenerations: GENERATIONS,
    },

    async open(sessionId, { create, owner, leaseMs, isKnownDead }: OpenSessionOptions) {
      assertOpen();
      const nowMs = clock.now();
      const stored = sessions.get(sessionId) ?? (create ? newSession(nowMs) : undefined);
      if (stored === undefined) throw missingSession(sessionId);
      assertFree(
        sessionId,
        { owner: stored.owner, untilMs: stored.leaseUntilMs },
        nowMs,
        isKnownDead,
      );
      stored.epoch += 1;
      stored.owner = owner;
      stored.leaseUntilMs = nowMs + leaseMs;
      sessions.set(sessionId, stored);
      const fence = { epoch: stored.epoch, owner };
      return new MemorySession({ sessionId, sessions, fence, leaseMs, clock, assertOpen });
    },

    async *list(): AsyncGenerator<SessionSummary> {
      assertOpen();
      for (const [sessionId, { owner, createdAtMs, updatedAtMs }] of sessions) {
        yield { sessionId, owner, createdAtMs, updatedAtMs };
      }
    },

    async delete(sessionId, { isKnownDead }) {
      assertOpen();
      const stored = sessions.get(sessionId);
      if (stored === undefined) return;
      const { owner, leaseUntilMs: untilMs } = stored;
      assertFree(sessionId, { owner, untilMs }, clock.now(), isKnownDead);
      sessions.delete(sessionId);
    },

    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}

interface MemorySessionParts {
  readonly sessionId: string;
  readonly sessions: ReadonlyMap<string, StoredSession>;
  readonly fence: Fence;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly assertOpen: () => void;
}

class MemorySession implements BackendSession {
  readonly fence: Fence;
  readonly #parts: MemorySessionParts;
  #released = false;

  constructor(parts: MemorySessionParts) {
    this.fence = parts.fence;
    this.#parts = parts;
  }

  async readCreds(): Promise<Uint8Array | null> {
    return copyOf(this.#content().creds);
  }

  async readCredsHistory(): Promise<readonly CredsGeneration[]> {
    return this.#content().history.map((generation) => ({
      ...generation,
      creds: Uint8Array.from(generation.creds),
    }));
  }

  async readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    const { meta } = this.#content();
    return new Map([...meta].map(([name, value]) => [name, Uint8Array.from(value)]));
  }

  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    const family = this.#content().records.get(type);
    return ids.map((id) => copyOf(family?.get(id) ?? null));
  }

  async commit(batch: WriteBatch): Promise<void> {
    this.#assertOpen();
    const stored = this.#owned();
    if (stored === undefined) throw fencedOff(this.#parts.sessionId);
    if (stored.content.lastBatch === batch.batchId) return;
    const nowMs = this.#parts.clock.now();
    stored.content = applied(stored.content, batch, nowMs);
    stored.updatedAtMs = nowMs;
  }

  async types(): Promise<readonly string[]> {
    return [...this.#content().records.keys()];
  }

  async *ids(type: string): AsyncGenerator<string> {
    yield* this.#content().records.get(type)?.keys() ?? [];
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    for (const [id, value] of this.#content().records.get(type) ?? []) {
      yield [id, Uint8Array.from(value)];
    }
  }

  async renew(): Promise<"renewed" | "lost"> {
    this.#assertOpen();
    const stored = this.#owned();
    if (stored === undefined) return "lost";
    stored.leaseUntilMs = this.#parts.clock.now() + this.#parts.leaseMs;
    return "renewed";
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    const stored = this.#owned();
    if (stored !== undefined) stored.owner = null;
  }

  #assertOpen(): void {
    this.#parts.assertOpen();
    if (!this.#released) return;
    throw new AuthStoreError("AUTH_STORE_CLOSED", "This session has been given up: open it again", {
      sessionId: this.#parts.sessionId,
    });
  }

  #content(): Content {
    this.#assertOpen();
    return this.#parts.sessions.get(this.#parts.sessionId)?.content ?? EMPTY;
  }

  #owned(): StoredSession | undefined {
    const stored = this.#parts.sessions.get(this.#parts.sessionId);
    const { epoch, owner } = this.fence;
    return stored?.epoch === epoch && stored.owner === owner ? stored : undefined;
  }
}

const EMPTY: Content = {
  creds: null,
  revision: 0,
  history: [],
  meta: new Map(),
  records: new Map(),
  lastBatch: null,
};

function newSession(nowMs: number): StoredSession {
  return {
    content: EMPTY,
    epoch: 0,
    owner: null,
    leaseUntilMs: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function applied(content: Content, batch: WriteBatch, nowMs: number): Content {
  const records = new Map(batch.clear === undefined ? content.records : []);
  const changed = new Map<string, Map<string, Uint8Array>>();
  for (const op of batch.ops) {
    const family = changed.get(op.type) ?? new Map(records.get(op.type));
    changed.set(op.type, family);
    const held = family.get(op.id);
    if (op.op === "put") family.set(op.id, Uint8Array.from(op.value));
    else if (op.op === "del" || (held !== undefined && Buffer.compare(held, op.value) === 0)) {
      family.delete(op.id);
    }
  }
  for (const [type, family] of changed) {
    if (family.size > 0) records.set(type, family);
    else records.delete(type);
  }
  const meta = new Map(content.meta);
  for (const [name, value] of batch.meta ?? []) {
    if (value === null) meta.delete(name);
    else meta.set(name, Uint8Array.from(value));
  }
  return { ...withCreds(content, batch.creds, nowMs), meta, records, lastBatch: batch.batchId };
}

function withCreds(content: Content, creds: Uint8Array | undefined, nowMs: number): Content {
  if (creds === undefined) return content;
  const replaced =
    content.creds === null
      ? []
      : [{ revision: content.revision, replacedAtMs: nowMs, creds: content.creds }];
  return {
    ...content,
    creds: Uint8Array.from(creds),
    revision: content.revision + 1,
    history: [...replaced, ...content.history].slice(0, GENERATIONS),
  };
}

function copyOf(value: Uint8Array | null): Uint8Array | null {
  return value === null ? null : Uint8Array.from(value);
}
