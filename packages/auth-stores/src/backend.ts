/**
 * Where auth records live. A backend stores bytes and knows nothing of Signal, JSON or caches.
 *
 * Every promise below must settle: a backend that talks to a network bounds its own calls. A failing medium
 * rejects with an `AuthStoreError`; it never answers `null` or an empty list.
 */
export interface AuthBackend extends AsyncDisposable {
  /** What it is, for logs: `"sqlite"`, `"memory"`. */
  readonly kind: string;
  /** Names the place. Two backends with one `location` share their records. */
  readonly location: string;
  readonly capabilities: BackendCapabilities;

  /**
   * Acquires the session: raises its epoch and records the owner, in one step.
   *
   * Throws `AUTH_STORE_NOT_FOUND` when it is missing and `create` is false, and `AUTH_STORE_IN_USE` when an
   * unexpired lease belongs to somebody whom `isKnownDead` does not call dead.
   */
  open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession>;

  /** The sessions stored here, by id. */
  list(): AsyncIterable<SessionSummary>;

  /**
   * Removes the session and all its records for good. A missing session is not an error; one with a live owner
   * is (`AUTH_STORE_IN_USE`).
   */
  delete(sessionId: string, options: DeleteSessionOptions): Promise<void>;
}

export interface BackendCapabilities {
  /** A batch is applied whole or not at all. Every backend must promise this. */
  readonly atomicBatch: true;
  /** `transactional`: the owner is checked in the same step as the write. `advisory`: shortly before it. */
  readonly fencing: "transactional" | "advisory";
  /** What an acknowledged commit survives: nothing beyond the process, a killed process, or a power cut. */
  readonly durability: "none" | "process" | "commit";
  /** How many earlier generations of the creds are kept. */
  readonly credsGenerations: number;
}

export interface OpenSessionOptions extends DeleteSessionOptions {
  /** Who acquires. Compared for equality only; unique to one handle. */
  readonly owner: string;
  /** How long the lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Whether a missing session is created (with no creds and no records). */
  readonly create: boolean;
  /**
   * Whether to go on although acknowledged commits cannot be read any more, from earlier creds and without ratchets,
   * instead of `AUTH_STORE_CORRUPT`. For a backend that can tell. @defaultValue `false`
   */
  readonly recover?: boolean;
}

export interface DeleteSessionOptions {
  /** True only when the recorded owner certainly no longer runs; its unexpired lease is then ignored. */
  readonly isKnownDead: (owner: string) => boolean;
}

export interface SessionSummary {
  readonly sessionId: string;
  /** The recorded owner, alive or not; `null` after a clean close. */
  readonly owner: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Proof of ownership: a later acquisition has a higher epoch, so an old owner can be told apart and refused. */
export interface Fence {
  readonly epoch: number;
  readonly owner: string;
}

/** One acquired session. Calls may overlap; commits take effect in the order they were called. */
export interface BackendSession {
  readonly fence: Fence;
  /** Where people find the earlier creds, when they can be looked at without this package. */
  readonly credsGenerationsAt?: string;
  /** `null` when the session has none yet. */
  readCreds(): Promise<Uint8Array | null>;
  /** Earlier creds, newest first; empty when the backend keeps none. */
  readCredsHistory(): Promise<readonly CredsGeneration[]>;
  /** What is stored about the session itself, such as its wrapped key or that it has moved. Few and small. */
  readMeta(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** One entry per id, in the order asked; `null` for an absent record. */
  read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]>;
  /** Atomic, durable when it resolves, and idempotent by `batchId`. A former owner gets `AUTH_STORE_FENCED`. */
  commit(batch: WriteBatch): Promise<void>;
  /** The record families present. */
  types(): Promise<readonly string[]>;
  /** The ids of one family. Records written meanwhile may or may not appear; none appears twice. */
  ids(type: string): AsyncIterable<string>;
  /** The records of one family, with the same promise as `ids`. */
  scan(type: string): AsyncIterable<readonly [id: string, value: Uint8Array]>;
  /**
   * What `scan` gives, many records at a time, for whoever goes through all of them: a step for every record would cost
   * as much as reading it. The values of one page may share their memory. Without it `scan` is used.
   */
  scanPages?(type: string): AsyncIterable<ScannedPage>;
  /** Extends the lease from now. `lost` when somebody else has acquired the session. */
  renew(): Promise<"renewed" | "lost">;
  /** Gives the session up if it is still ours. Further calls reject with `AUTH_STORE_CLOSED`. */
  release(): Promise<void>;
}

export type ScannedPage = readonly (readonly [id: string, value: Uint8Array])[];

export interface CredsGeneration {
  readonly revision: number;
  readonly replacedAtMs: number;
  readonly creds: Uint8Array;
}

/** Everything that must become durable together. */
export interface WriteBatch {
  /** Unique to the batch: a second commit of the same id right after the first changes nothing. */
  readonly batchId: string;
  /** The creds as they are from now on; the replaced ones become a generation. */
  readonly creds?: Uint8Array;
  /** Changes of what is stored about the session itself; `null` removes. */
  readonly meta?: ReadonlyMap<string, Uint8Array | null>;
  /** Drops every record (not the creds, not the meta) before `ops` apply. */
  readonly clear?: "keys";
  /** Applied in order. */
  readonly ops: readonly WriteOp[];
}

export type WriteOp =
  | { readonly op: "put"; readonly type: string; readonly id: string; readonly value: Uint8Array }
  | { readonly op: "del"; readonly type: string; readonly id: string }
  /** Moves the record aside if it still holds exactly `value`, keeping the bytes for people to look at. */
  | {
      readonly op: "quarantine";
      readonly type: string;
      readonly id: string;
      readonly value: Uint8Array;
      readonly reason: string;
    };
