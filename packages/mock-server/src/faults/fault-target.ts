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
    phone: nameOf("phone", phone, "phoneNumber"),
    connection: nameOf("connection", connection, "id"),
  };
}

export function isTarget({ phone, connection }: ResolvedTarget, candidate: Connection): boolean {
  return (
    (connection === undefined || connection === candidate.id) &&
    (phone === undefined || phone === candidate.account?.phoneNumber)
  );
}

/** A target that is there and has no name must not become everybody. */
function nameOf(option: string, target: unknown, field: string): string | undefined {
  if (target === undefined) return undefined;
  const isObject = typeof target === "object" && target !== null;
  const name: unknown = isObject ? Reflect.get(target, field) : target;
  if (typeof name === "string" && name !== "") return name;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${option} must be a ${option} of this server or its ${field}`,
  );
}
