import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import type {
  AuthBackend,
  BackendSession,
  DeleteSessionOptions,
  OpenSessionOptions,
  SessionSummary,
} from "../backend.ts";
import { AuthStoreError } from "../errors.ts";
import { isOwnerKnownDead, newOwner } from "../owner.ts";
import { adopt } from "./adopt.ts";
import type { KeyProvider } from "./key-provider.ts";
import { type KeyRing, RING_META, newRing, openRing } from "./key-ring.ts";
import { type ResealReport, reseal } from "./reseal.ts";
import { SealedSession } from "./sealed-session.ts";

// Random nonces of 96 bits under one key stay apart far beyond this many of them (NIST SP 800-38D allows 2^32).
const WRITES_PER_KEY = 2 ** 28;
const MAINTENANCE_LEASE_MS = 30_000;

export interface SealedOptions {
  /** Wraps the data keys. */
  readonly keys: KeyProvider;
  /**
   * Store ids, which hold phone numbers, as keyed hashes. Decided when a session is first encrypted. Listing then
   * decrypts every record. @defaultValue as the session has it, `false` for a new one
   */
  readonly hideIds?: boolean;
  /** Encrypt a plain session in place when it is opened, instead of refusing it. @defaultValue `false` */
  readonly adopt?: boolean;
  /** After how many writes a session gets a new data key. @defaultValue `268_435_456` (2^28) */
  readonly rotateAfterWrites?: number;
}

/** A backend whose sessions are encrypted. */
export interface SealedBackend extends AuthBackend {
  /** Gives the session a new data key for everything written from now on, whether or not it is open here. */
  rotateDataKey(sessionId: string): Promise<void>;
  /**
   * Encrypts again whatever is still under an older data key, then forgets the older keys, whether or not the
   * session is open here. Can be interrupted and run again at any time.
   */
  reseal(sessionId: string): Promise<ResealReport>;
}

/**
 * Encrypts what `backend` stores with AES-256-GCM: creds, their history and records, each bound to its place.
 *
 * Record families, session ids, sizes and times stay readable, and so do ids unless `hideIds`. Opening throws
 * `AUTH_STORE_WRONG_KEY` when the keys do not fit and `AUTH_STORE_NOT_ENCRYPTED` for a plain session without
 * `adopt`; nothing is changed then. Disposing it disposes `backend`.
 */
export function sealed(backend: AuthBackend, options: SealedOptions): SealedBackend {
  assertKnownOptions("sealed", options, ["keys", "hideIds", "adopt", "rotateAfterWrites"]);
  integerOption("rotateAfterWrites", options.rotateAfterWrites ?? WRITES_PER_KEY, {
    min: 1,
    max: WRITES_PER_KEY,
  });
  return new Sealed(backend, options);
}

interface OpenHere {
  readonly inner: BackendSession;
  readonly session: SealedSession;
}

class Sealed implements SealedBackend {
  readonly kind: string;
  readonly location: string;
  readonly capabilities: AuthBackend["capabilities"];
  readonly #backend: AuthBackend;
  readonly #options: SealedOptions;
  readonly #open = new Map<string, OpenHere>();

  constructor(backend: AuthBackend, options: SealedOptions) {
    this.kind = `sealed ${backend.kind}`;
    this.location = backend.location;
    this.capabilities = backend.capabilities;
    this.#backend = backend;
    this.#options = options;
  }

  async open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession> {
    return (await this.#acquire(sessionId, options)).session;
  }

  list(): AsyncIterable<SessionSummary> {
    return this.#backend.list();
  }

  delete(sessionId: string, options: DeleteSessionOptions): Promise<void> {
    return this.#backend.delete(sessionId, options);
  }

  rotateDataKey(sessionId: string): Promise<void> {
    return this.#with(sessionId, ({ session }) => session.rotate());
  }

  reseal(sessionId: string): Promise<ResealReport> {
    return this.#with(sessionId, ({ inner, session }) => reseal(inner, session, sessionId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }

  async #with<T>(sessionId: string, work: (open: OpenHere) => Promise<T>): Promise<T> {
    const openHere = this.#open.get(sessionId);
    if (openHere !== undefined) return work(openHere);
    const acquired = await this.#acquire(sessionId, {
      create: false,
      owner: newOwner(systemRandom),
      leaseMs: MAINTENANCE_LEASE_MS,
      isKnownDead: isOwnerKnownDead,
    });
    try {
      return await work(acquired);
    } finally {
      await acquired.session.release();
    }
  }

  async #acquire(sessionId: string, options: OpenSessionOptions): Promise<OpenHere> {
    const inner = await this.#backend.open(sessionId, options);
    try {
      const { ring, state } = await this.#ringOf(inner, sessionId);
      const session: SealedSession = new SealedSession({
        inner,
        sessionId,
        provider: this.#options.keys,
        ring,
        ringIsDurable: state === "stored",
        rotateAfterWrites: this.#options.rotateAfterWrites ?? WRITES_PER_KEY,
        credsGenerations: this.capabilities.credsGenerations,
        onRelease: () => {
          if (this.#open.get(sessionId)?.session === session) this.#open.delete(sessionId);
        },
      });
      // The ring of a new session goes with its first commit, so that one without creds leaves nothing behind.
      if (state === "rewrapped") await session.storeRing();
      if (ring.plainHistory && (await session.resealCreds())) await session.historyIsSealed();
      const open = { inner, session };
      this.#open.set(sessionId, open);
      return open;
    } catch (error) {
      await inner.release();
      throw error;
    }
  }

  async #ringOf(
    inner: BackendSession,
    sessionId: string,
  ): Promise<{ readonly ring: KeyRing; readonly state: "stored" | "rewrapped" | "new" }> {
    const { keys, hideIds } = this.#options;
    const stored = (await inner.readMeta()).get(RING_META);
    if (stored !== undefined) {
      const { ring, rewrapped } = await openRing(sessionId, stored, keys);
      if (hideIds !== undefined && hideIds !== (ring.index !== undefined)) {
        throw otherHiding(ring.index !== undefined);
      }
      return { ring, state: rewrapped ? "rewrapped" : "stored" };
    }
    const isNew = (await inner.readCreds()) === null && (await inner.types()).length === 0;
    if (!isNew && this.#options.adopt !== true) throw notEncrypted(sessionId);
    const fresh = await newRing(keys, hideIds ?? false);
    if (isNew) return { ring: fresh, state: "new" };
    return { ring: await adopt(inner, sessionId, fresh), state: "stored" };
  }
}

/** Throws `AUTH_STORE_ENCRYPTED` for a session that only `sealed` can read. */
export async function assertNotEncrypted(
  session: BackendSession,
  sessionId: string,
): Promise<void> {
  if (!(await session.readMeta()).has(RING_META)) return;
  throw new AuthStoreError(
    "AUTH_STORE_ENCRYPTED",
    "The session is encrypted and no key was given: open it with { encryption: { key } }, or wrap the backend in sealed()",
    { sessionId },
  );
}

function notEncrypted(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_NOT_ENCRYPTED",
    "A key was given, but the session is not encrypted and was left as it is: pass { adopt: true } once to encrypt it " +
      "in place, or open it without a key",
    { sessionId },
  );
}

function otherHiding(hidden: boolean): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `The session was encrypted with { hideIds: ${hidden} }, which cannot be changed in place: leave the option out, ` +
      "or migrate the session to a new one",
  );
}
