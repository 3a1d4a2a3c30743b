import type { Clock } from "@motte/core/clock";
import type { AuthBackend, BackendSession } from "./backend.ts";
import type { Lease } from "./lease.ts";
import type { RecordStore } from "./record-store.ts";
import { withRetries } from "./retry.ts";

export interface DestroySessionOptions {
  readonly backend: AuthBackend;
  readonly session: BackendSession;
  readonly sessionId: string;
  readonly owner: string;
  readonly lease: Lease;
  readonly records: RecordStore;
  readonly clock: Clock;
}

/**
 * Removes a session that this handle owns, once nothing writes to it any more.
 *
 * Rejects with `AUTH_STORE_FENCED`, and removes nothing, when it belongs to somebody else by now.
 */
export async function destroySession(options: DestroySessionOptions): Promise<void> {
  const { backend, session, sessionId, owner, lease, records, clock } = options;
  // Whoever made a write that fails now is told so; what it would have stored goes anyway.
  await Promise.allSettled([records.close()]);
  await lease.ensureHeld();
  // A fresh lease keeps others out until the session is gone.
  if ((await withRetries(clock, () => session.renew())) === "lost") throw lease.lose();
  const isKnownDead = (recorded: string): boolean => recorded === owner;
  await withRetries(clock, () => backend.delete(sessionId, { isKnownDead }));
}
