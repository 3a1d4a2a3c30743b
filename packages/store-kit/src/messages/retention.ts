import { integerOption } from "@motte/core/options";
import { UsageError } from "@motte/core/errors";
import { type Millis, days, hours } from "../millis.ts";

export interface RetentionOptions {
  /** How long a message is kept, from when it was sent. At most 7 days. @defaultValue `days(5)` */
  readonly maxAge?: Millis;
  /** Most messages kept per account; others' go first, then the oldest own. @defaultValue `100_000` */
  readonly maxMessages?: number;
  /** Most bytes of message bodies kept per account. @defaultValue `268_435_456` (256 MiB) */
  readonly maxBytes?: number;
}

export interface Retention {
  readonly maxAgeMs: number;
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** The longest `maxAge`. whatsmeow answers retries for seven days; nobody is known to ask later. */
export const LONGEST_AGE_MS: number = days(7);
const STATUS_LIFE_MS: number = hours(24);

export function retentionFrom(options: RetentionOptions = {}): Retention {
  const { maxAge = days(5), maxMessages = 100_000, maxBytes = 256 * 1024 * 1024 } = options;
  if (!(maxAge > 0 && maxAge <= LONGEST_AGE_MS)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "retention.maxAge must be more than 0 and at most days(7)",
    );
  }
  return {
    maxAgeMs: maxAge,
    maxMessages: integerOption("retention.maxMessages", maxMessages, { min: 1 }),
    maxBytes: integerOption("retention.maxBytes", maxBytes, { min: 1 }),
  };
}

export interface Lifetime {
  readonly chat: string;
  readonly sentAtMs: number;
  readonly disappearsAfterSeconds: number | undefined;
}

/** The moment from which a message may not be read any more: the earliest of every limit that applies. */
export function expiresAt({ maxAgeMs }: Retention, message: Lifetime): number {
  const { chat, sentAtMs, disappearsAfterSeconds } = message;
  const limits = [sentAtMs + maxAgeMs];
  if (disappearsAfterSeconds !== undefined) limits.push(sentAtMs + disappearsAfterSeconds * 1000);
  if (chat === "status@broadcast") limits.push(sentAtMs + STATUS_LIFE_MS);
  return Math.min(...limits);
}
