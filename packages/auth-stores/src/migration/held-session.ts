import { CleanupStack } from "@motte/core/cleanup";
import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import type { Random } from "@motte/core/random";
import type { AuthBackend, BackendCapabilities, BackendSession, WriteBatch } from "../backend.ts";
import { assertNotEncrypted } from "../encryption/sealed.ts";
import { Lease } from "../lease.ts";
import { claimSession } from "../open-sessions.ts";
import { isOwnerKnownDead, newOwner } from "../owner.ts";
import { withRetries } from "../retry.ts";
import type { SessionName } from "./markers.ts";

/** One session of a backend. */
export interface SessionPlace {
  /** Stays open: whoever opened it closes it. For an encrypted session, `sealed(backend, { keys })`. */
  readonly backend: AuthBackend;
  readonly sessionId: string;
}

/** What holding a session takes. */
export interface HoldingOptions {
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A session that nobody else can open or write until it is disposed. */
export interface HeldSession extends AsyncDisposable {
  readonly name: SessionName;
  readonly session: BackendSession;
  /** What keeps others from writing meanwhile. */
  readonly fencing: BackendCapabilities["fencing"];
  /** Commits while the session is still ours, and tries again what may succeed later. */
  readonly commit: (change: Partial<Omit<WriteBatch, "batchId">>) => Promise<void>;
}

/** Acquires a session as a live handle does, and keeps it by renewing its lease. */
export async function holdSession(
  { backend, sessionId }: SessionPlace,
  create: boolean,
  { leaseMs, clock, random, logger }: HoldingOptions,
): Promise<HeldSession> {
  const owner = newOwner(random);
  const cleanup = new CleanupStack();
  try {
    cleanup.use(claimSession(backend.location, sessionId));
    const acquiredAtMs = clock.monotonic();
    const isKnownDead = (recorded: string): boolean =>
      recorded === owner || isOwnerKnownDead(recorded);
    const session = await withRetries(clock, () =>
      backend.open(sessionId, { create, owner, leaseMs, isKnownDead }),
    );
    cleanup.defer(() => session.release());
    const lease = new Lease({
      session,
      sessionId,
      leaseMs,
      fencing: backend.capabilities.fencing,
      acquiredAtMs,
      clock,
      logger,
      onLost: noticedLater,
    });
    cleanup.defer(() => lease.stop());
    await withRetries(clock, () => assertNotEncrypted(session, sessionId));
    return {
      name: { kind: backend.kind, location: backend.location, sessionId },
      session,
      fencing: backend.capabilities.fencing,
      commit: async ({ ops = [], ...change }) => {
        await lease.ensureHeld();
        const batch = { batchId: random.bytes(16).toString("hex"), ops, ...change };
        await withRetries(clock, () => session.commit(batch));
      },
      [Symbol.asyncDispose]: () => cleanup.dispose(),
    };
  } catch (error) {
    await cleanup.dispose().catch((second: unknown) => {
      logger.error({ err: second }, "giving up a session that failed to open failed, too");
    });
    throw error;
  }
}

/** A lost lease shows at the next commit, which it refuses. */
function noticedLater(): void {}
