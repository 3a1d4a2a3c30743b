import { UsageError } from "@motte/core/errors";
import type { Connection } from "../connection/connection.ts";

/** Whom a fault is about. @defaultValue everybody */
export interface FaultTarget {
  /** Clients of this phone: the phone, or its number. */
  readonly phone?: string | { readonly phoneNumber: string };
  /** This connection: the connection, or its id. */
  readonly connection?: string | { readonly id: string };
}

export const TARGET_OPTIONS: readonly (keyof FaultTarget)[] = ["phone", "connection"];

/** A target as JSON can hold it. */
export interface ResolvedTarget {
  readonly phone: string | undefined;
  readonly connection: string | undefined;
}

/** Throws a `UsageError`. */
export function resolveTarget({ phone, connection }: FaultTarget): ResolvedTarget {
  return {
    phone: text("phone", typeof phone === "object" ? phone.phoneNumber : phone),
    connection: text("connection", typeof connection === "object" ? connection.id : connection),
  };
}

export function isTarget({ phone, connection }: ResolvedTarget, candidate: Connection): boolean {
  return (
    (connection === undefined || connection === candidate.id) &&
    (phone === undefined || phone === candidate.account?.phoneNumber)
  );
}

function text(name: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be a ${name} of this server or its id`,
  );
}
