import type { Connection } from "../connection/connection.ts";
import type { MockConnection } from "../connection/mock-connection.ts";
import type { ServerContext } from "../context.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { FaultRule } from "../faults/fault-rule.ts";
import type { Expectations } from "../journal/expectations.ts";
import type { ServerMedia } from "../media/media.ts";
import type { Tracer } from "../trace/tracer.ts";

/** One client's connection: what a test sees of it, and the connection itself. */
export interface AdminSession {
  readonly handle: MockConnection;
  readonly connection: Connection;
}

/** Faults, with names that come from outside. */
export interface AdminFaults extends FaultPlan {
  /** Throws a `UsageError` for a fault that there is not, or settings that do not fit. */
  add(name: string, options?: object): FaultRule;
}

/** What the admin routes steer. */
export interface AdminParts {
  readonly context: ServerContext;
  readonly seed: string;
  readonly faults: AdminFaults;
  readonly media: ServerMedia;
  readonly tracer: Tracer;
  readonly expectations: Expectations;
  /** Connections that are not closed, oldest first. */
  readonly sessions: () => readonly AdminSession[];
}
