import { assertKnownOptions, integerOption } from "@motte/core/options";
import { UsageError } from "@motte/core/errors";
import { type Millis, days, hours } from "../millis.ts";
import { MESSAGE_KINDS, type MessageKind } from "./message-kind.ts";

export interface RetentionOptions {
  /** How long a message is kept, from when it was sent. At most 7 days. @defaultValue `days(5)` */
  readonly maxAge?: Millis;
  /**
   * How long messages of one kind are kept instead. At most 30 days.
   *
   * @defaultValue `days(30)` for polls and events, which are voted on and answered for long; `hours(24)` for a status
   */
  readonly maxAgeOf?: Readonly<Partial<Record<MessageKind, Millis>>>;
  /** Most messages kept per account; others' go first, then the oldest own. @defaultValue `100_000` */
  readonly maxMessages?: number;
  /** Most messages kept per chat; the oldest go first. @defaultValue as many as `maxMessages` */
  readonly maxPerChat?: number;
  /** Most bytes of message bodies kept per account. @defaultValue `268_435_456` (256 MiB) */
  readonly maxBytes?: number;
}

export interface Retention {
  readonly maxAgeMs: Readonly<Record<MessageKind, number>>;
  readonly maxMessages: number;
  readonly maxPerChat: number;
  readonly maxBytes: number;
}

/** The longest life of any kind: so long a mark of what is erased must outlive every copy of it. */
export const LONGEST_AGE_MS: number = days(30);

/** How long a word about a message waits for the message itself. */
export const WAITING_LIFE_MS: number = hours(24);

// whatsmeow answers retries for seven days; nobody is known to ask later.
const LONGEST_RETRY_MS: number = days(7);

const OPTIONS = [
  "maxAge",
  "maxAgeOf",
  "maxMessages",
  "maxPerChat",
  "maxBytes",
] as const satisfies readonly (keyof RetentionOptions)[];

export function retentionFrom(options: RetentionOptions = {}): Retention {
  assertKnownOptions("retention", options, OPTIONS);
  const { maxAge = days(5), maxMessages = 100_000, maxBytes = 256 * 1024 * 1024 } = options;
  const maxAgeOf: RetentionOptions["maxAgeOf"] = {
    poll: days(30),
    event: days(30),
    status: hours(24),
    ...options.maxAgeOf,
  };
  assertKnownOptions("retention.maxAgeOf", maxAgeOf, MESSAGE_KINDS);
  assertAge("retention.maxAge", maxAge, LONGEST_RETRY_MS);
  const ageOf = (kind: MessageKind): number => {
    const own = maxAgeOf[kind];
    if (own === undefined) return maxAge;
    assertAge(`retention.maxAgeOf.${kind}`, own, LONGEST_AGE_MS);
    return own;
  };
  const messages = integerOption("retention.maxMessages", maxMessages, { min: 1 });
  return {
    maxAgeMs: {
      other: ageOf("other"),
      text: ageOf("text"),
      media: ageOf("media"),
      poll: ageOf("poll"),
      event: ageOf("event"),
      status: ageOf("status"),
      control: ageOf("control"),
    },
    maxMessages: messages,
    maxPerChat: integerOption("retention.maxPerChat", options.maxPerChat ?? messages, { min: 1 }),
    maxBytes: integerOption("retention.maxBytes", maxBytes, { min: 1 }),
  };
}

export interface Lifetime {
  readonly kind: MessageKind;
  readonly sentAtMs: number;
  readonly disappearsAfterSeconds: number | undefined;
  /** When the time to disappearing began. */
  readonly disappearingSinceMs: number;
}

/** The moment from which a message may not be read any more: the earliest of every limit that applies. */
export function expiresAt({ maxAgeMs }: Retention, message: Lifetime): number {
  const { kind, sentAtMs, disappearsAfterSeconds, disappearingSinceMs } = message;
  const endMs = sentAtMs + maxAgeMs[kind];
  return disappearsAfterSeconds === undefined
    ? endMs
    : Math.min(endMs, disappearingSinceMs + disappearsAfterSeconds * 1000);
}

function assertAge(name: string, age: number, longestMs: number): void {
  if (age > 0 && age <= longestMs) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be more than 0 and at most days(${longestMs / days(1)})`,
  );
}
