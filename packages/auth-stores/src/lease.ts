import type { Clock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import type { Logger } from "@motte/core/logger";
import type { BackendCapabilities, BackendSession } from "./backend.ts";
import { AuthStoreError } from "./errors.ts";

export interface LeaseOptions {
  readonly session: Pick<BackendSession, "renew">;
  readonly sessionId: string;
  readonly leaseMs: number;
  /** With `"advisory"` a lease that was not renewed in time is not renewed late. @defaultValue `"transactional"` */
  readonly fencing?: BackendCapabilities["fencing"];
  /** The clock's monotonic reading just before the session was acquired. */
  readonly acquiredAtMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onLost: (error: AuthStoreError) => void;
}

/**
 * Keeps a session ours by renewing it, and stops everything before somebody else can have it.
 *
 * Durations are monotonic. A fifth of the lease is kept in reserve: a handle that could not renew until then
 * counts itself out while its lease is still valid for everybody else. After a stall it may look again whether it
 * has been replaced, but only where every write is checked in the same step: where it is checked shortly before, a
 * handle that comes back late could write between another owner's writes.
 */
export class Lease {
  readonly #options: LeaseOptions;
  #fenceAtMs: number;
  #timer: Disposable | undefined;
  #renewal: Promise<void> | undefined;
  #lost: AuthStoreError | undefined;
  #stopped = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#fenceAtMs = options.acquiredAtMs + options.leaseMs * 0.8;
    this.#schedule(options.leaseMs / 3);
  }

  /** Set once the session is lost, and for good. */
  get lost(): AuthStoreError | undefined {
    return this.#lost;
  }

  /** Whether `ensureHeld` would have nothing to do. */
  get isHeld(): boolean {
    return this.#lost === undefined && this.#remainingMs() > 0;
  }

  /** Rejects with `AUTH_STORE_FENCED` unless the session is still ours. */
  async ensureHeld(): Promise<void> {
    // A stalled event loop runs its timers late: renew before going on, rather than trust an old lease.
    if (this.#lost === undefined && this.#remainingMs() <= 0) {
      if (this.#isTooLate()) this.lose();
      else await this.#renew();
    }
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** Counts the handle out at once: the backend refused a write because the session has a new owner. */
  lose(cause?: unknown): AuthStoreError {
    if (this.#lost !== undefined) return this.#lost;
    this.stop();
    this.#lost = new AuthStoreError(
      "AUTH_STORE_FENCED",
      "This handle no longer owns the session: another process took it over or the lease could not be renewed. " +
        "End the socket; only the new owner may go on",
      { cause, sessionId: this.#options.sessionId },
    );
    this.#options.onLost(this.#lost);
    return this.#lost;
  }

  /** Ends the renewals. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #remainingMs(): number {
    return this.#fenceAtMs - this.#options.clock.monotonic();
  }

  #isTooLate(): boolean {
    return this.#options.fencing === "advisory" && this.#remainingMs() <= 0;
  }

  #schedule(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(delayMs, () => void this.#renew());
  }

  /** Never rejects: the outcome is the new deadline, or a lost lease. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#tryRenewal().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #tryRenewal(): Promise<void> {
    const { session, clock, leaseMs, logger } = this.#options;
    const startedAtMs = clock.monotonic();
    if (this.#isTooLate()) {
      this.lose();
      return;
    }
    try {
      const outcome = await withDeadline(session.renew(), {
        what: "Renewing the session's lease",
        ms: Math.max(this.#remainingMs(), leaseMs * 0.1),
        clock,
      });
      if (this.#stopped) return;
      if (outcome === "lost" || this.#isTooLate()) {
        this.lose();
        return;
      }
      this.#fenceAtMs = startedAtMs + leaseMs * 0.8;
      this.#schedule(leaseMs / 3);
    } catch (error) {
      if (this.#stopped) return;
      if (this.#remainingMs() <= 0) {
        this.lose(error);
        return;
      }
      logger.warn({ err: error }, "could not renew the session's lease, trying again");
      this.#schedule(Math.min(leaseMs / 10, this.#remainingMs()));
    }
  }
}
