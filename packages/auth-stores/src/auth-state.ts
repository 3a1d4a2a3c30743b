import { CleanupStack } from "@motte/core/cleanup";
import { Emitter, type Event } from "@motte/core/events";
import type { Logger } from "@motte/core/logger";
import { assertKnownOptions } from "@motte/core/options";
import type { AuthenticationCreds, AuthenticationState } from "@whiskeysockets/baileys";
import {
  AUTH_STATE_OPTIONS,
  type AuthStateOptions,
  checkAuthStateOptions,
} from "./auth-state-options.ts";
import type { AuthBackend } from "./backend.ts";
import { type BaileysModule, type MakeSignalRepository, importBaileys } from "./peer-library.ts";
import { encodeCreds } from "./codec/creds-codec.ts";
import { valueCodec } from "./codec/value-codec.ts";
import { withEncryption } from "./encryption/encryption-option.ts";
import { assertNotEncrypted } from "./encryption/sealed.ts";
import { destroySession } from "./destroy-session.ts";
import { AuthStoreError } from "./errors.ts";
import { Lease } from "./lease.ts";
import { publishMetric } from "./metrics.ts";
import { assertNotMoved, readMarkers } from "./migration/markers.ts";
import { claimSession } from "./open-sessions.ts";
import { openCreds } from "./opened-creds.ts";
import { isOwnerKnownDead, newOwner } from "./owner.ts";
import { RecordStore } from "./record-store.ts";
import { withRetries } from "./retry.ts";
import { type AuthKeyStore, CodedKeyStore, type CorruptRecord } from "./signal-key-store.ts";
import { serializedSignalRepository } from "./signal-repository.ts";

export interface OpenAuthStateOptions extends AuthStateOptions {
  /** Where the records live. Stays open: whoever opened it closes it. */
  readonly backend: AuthBackend;
  /** Which of the backend's sessions; any text. */
  readonly sessionId: string;
}

/** An account session, owned by this handle until it is closed. */
export interface AuthStateHandle extends AsyncDisposable {
  /** What `makeWASocket` takes as `auth`. Do not wrap the keys in another cache. */
  readonly state: AuthenticationState;
  /** The keys of `state`, which can also be listed. */
  readonly keys: AuthKeyStore;
  /** What `makeWASocket` takes as `makeSignalRepository`: keeps a send and a receive from undoing each other's ratchet step. */
  readonly makeSignalRepository: MakeSignalRepository;
  /** Stores the creds as they are now; resolves when they are durable. Calls that overlap share one write. */
  readonly saveCreds: () => Promise<void>;
  /** Resolves when everything handed over so far is durable, rejects when some of it could not be stored. */
  readonly flush: () => Promise<void>;
  /** Flushes and gives the session up. Repeated calls are the same call. */
  readonly close: () => Promise<void>;
  /**
   * Removes this login for good: creds, their history, records and what is stored about the session, nothing else.
   * Then closes. Rejects, and removes nothing, when the session belongs to somebody else by now or the handle has been
   * closed. WhatsApp is not told: log the socket out first.
   */
  readonly destroy: () => Promise<void>;
  /** The session has been lost to another owner: end the socket. Happens at most once. */
  readonly onFenced: Event<AuthStoreError>;
  /** A corrupt record was set aside and now reads as absent. */
  readonly onCorrupt: Event<CorruptRecord>;
}

/**
 * Acquires a session and hands it out in the shape Baileys takes.
 *
 * Throws `AUTH_STORE_IN_USE` when another live handle owns it, `AUTH_STORE_NOT_FOUND` when it is missing and
 * `create` is `"never"` (the default), `AUTH_STORE_MIGRATED` or `AUTH_STORE_IMPORTING` when a migration has left it
 * behind or not finished it, and `AUTH_STORE_CORRUPT` when its creds cannot be read. A storage failure is never taken
 * for a missing session.
 */
export async function openAuthState(options: OpenAuthStateOptions): Promise<AuthStateHandle> {
  assertKnownOptions("openAuthState", options, ["backend", "sessionId", ...AUTH_STATE_OPTIONS]);
  const { sessionId } = options;
  const checked = checkAuthStateOptions(sessionId, options);
  const backend = withEncryption(options.backend, checked.encryption);
  const { recoverCreds, leaseMs, cacheBytes, clock, random, logger } = checked;
  const baileys = checked.baileys ?? (await importBaileys());

  const create = checked.create === "if-missing";
  const owner = newOwner(random);
  const fenced = new Emitter<AuthStoreError>();
  const cleanup = new CleanupStack();
  try {
    cleanup.use(claimSession(backend.location, sessionId));
    const acquiredAtMs = clock.monotonic();
    // An acquisition whose answer got lost is repeated, and then finds itself recorded.
    const isKnownDead = (recorded: string): boolean =>
      recorded === owner || isOwnerKnownDead(recorded);
    const session = await withRetries(clock, () =>
      backend.open(sessionId, { create, owner, leaseMs, isKnownDead, recover: recoverCreds }),
    );
    cleanup.defer(() => session.release());
    const onLost = (error: AuthStoreError): void => {
      publishMetric(() => ({ kind: "fenced", sessionId }));
      fenced.emit(error);
    };
    const { fencing } = backend.capabilities;
    const lease = new Lease({
      session,
      sessionId,
      leaseMs,
      fencing,
      acquiredAtMs,
      clock,
      logger,
      onLost,
    });
    cleanup.defer(() => lease.stop());
    await withRetries(clock, () => assertNotEncrypted(session, sessionId));
    if (!checked.ignoreMigration) {
      assertNotMoved(await withRetries(clock, () => readMarkers(session)), sessionId);
    }

    const wanted = { session, sessionId, create, recoverCreds, baileys, clock, logger };
    const { creds, durable } = await openCreds(wanted);
    const records = new RecordStore({
      session,
      sessionId,
      lease,
      clock,
      random,
      cacheBytes,
      encodeCreds: () => encodeCreds(creds),
      durableCreds: durable,
    });
    if (durable === null) await records.write({ ops: [], creds: true });
    cleanup.defer(() => records.close());

    const removal = { backend, session, sessionId, owner, lease, records, clock };
    const destroy = (): Promise<void> => destroySession(removal);
    return handleOf({ creds, records, sessionId, baileys, logger, fenced, cleanup, destroy });
  } catch (error) {
    await cleanup.dispose().catch((second: unknown) => {
      logger.error({ err: second }, "giving up a session that failed to open failed, too");
    });
    throw error;
  }
}

interface HandleParts {
  readonly creds: AuthenticationCreds;
  readonly records: RecordStore;
  readonly sessionId: string;
  readonly baileys: BaileysModule;
  readonly logger: Logger;
  readonly fenced: Emitter<AuthStoreError>;
  readonly cleanup: CleanupStack;
  readonly destroy: () => Promise<void>;
}

function handleOf(parts: HandleParts): AuthStateHandle {
  const { creds, records, sessionId, baileys, logger, fenced, cleanup } = parts;
  const codec = valueCodec(baileys.proto.Message.AppStateSyncKeyData);
  const keys = new CodedKeyStore({ sessionId, records, codec, logger });
  let closing: Promise<void> | undefined;

  const close = (): Promise<void> => (closing ??= cleanup.dispose());
  return {
    state: { creds, keys },
    keys,
    makeSignalRepository: serializedSignalRepository(
      baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository,
      () => creds.me?.id,
    ),
    // A socket that is ending still emits `creds.update`; only creds that would be lost are an error then.
    saveCreds: async () => {
      if (closing !== undefined && records.credsAreDurable) return;
      await records.write({ ops: [], creds: true });
    },
    flush: () => records.flush(),
    close,
    destroy: async () => {
      if (closing !== undefined) {
        throw new AuthStoreError(
          "AUTH_STORE_CLOSED",
          "This auth state has been closed, so its session was left as it is: open it again to destroy it",
          { sessionId },
        );
      }
      await parts.destroy();
      await close();
    },
    onFenced: fenced.event,
    onCorrupt: keys.onCorrupt,
    [Symbol.asyncDispose]: close,
  };
}
