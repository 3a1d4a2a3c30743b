import { UsageError } from "@motte/core/errors";
import type { PagePosition } from "./message-table.ts";
import type { StoredMessage } from "./reading.ts";

export interface MessagePageOptions {
  /** Goes on after a page: its `before`. @defaultValue from the newest message on */
  readonly before?: string;
  /** Most messages, 1 to 1000. @defaultValue `50` */
  readonly limit?: number;
}

export interface MessagePage {
  /** Newest first. */
  readonly messages: readonly StoredMessage[];
  /** For the next page; missing when there is none. It stays good while messages come and go. */
  readonly before: string | undefined;
}

export function cursorOf({ sentAtMs, pk }: PagePosition): string {
  return `${sentAtMs}.${pk}`;
}

/** @throws UsageError for text that no page gave. */
export function positionOf(cursor: string): PagePosition {
  const [, sentAtMs, pk] = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (sentAtMs !== undefined && pk !== undefined) {
    return { sentAtMs: Number(sentAtMs), pk: Number(pk) };
  }
  throw new UsageError("USAGE_INVALID_OPTION", "before must be what an earlier page gave");
}
