import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { innerMessage, wholeNumber } from "../messages/message-content.ts";
import { isAnswerable } from "../messages/message-kind.ts";
import type { Millis } from "../millis.ts";

/** How much of the past waits where, and how much of it is taken at all. */
export interface HistoryPolicy {
  /** Bytes that wait in memory before what waits is packed, to less than half. @defaultValue `33_554_432` */
  readonly highWater?: number;
  /**
   * Bytes that wait in memory, packed, before more goes to the spool; without a spool, before the oldest messages of
   * each chat are dropped. @defaultValue `134_217_728`
   */
  readonly hardWater?: number;
  /** Bytes in the spool before the oldest messages of each chat are dropped from it. @defaultValue `1_073_741_824` */
  readonly diskQuota?: number;
  /** Most messages of one chat; what is asked for on demand is not counted. @defaultValue all */
  readonly maxPerChat?: number;
  /** Messages that were sent longer ago are left out. @defaultValue all */
  readonly maxAge?: Millis;
  /** Whose bodies are handed on. Revokes and edits always are. @defaultValue `"all"` */
  readonly bodies?: "none" | "polls" | "all";
  /** Whether the small pictures inside messages are handed on. @defaultValue `true` */
  readonly mediaThumbs?: boolean;
}

export type HistoryRules = Required<HistoryPolicy>;

const OPTIONS = [
  "highWater",
  "hardWater",
  "diskQuota",
  "maxPerChat",
  "maxAge",
  "bodies",
  "mediaThumbs",
] as const satisfies readonly (keyof HistoryPolicy)[];

const BODIES: readonly unknown[] = ["none", "polls", "all"];

/** @throws UsageError for an option that makes no sense. */
export function historyRules(policy: HistoryPolicy = {}): HistoryRules {
  assertKnownOptions("bindStores: history", policy, OPTIONS);
  const bytes = (name: "highWater" | "hardWater" | "diskQuota", byDefault: number): number =>
    integerOption(`history.${name}`, policy[name] ?? byDefault, { min: 0 });
  const { bodies = "all", mediaThumbs = true, maxPerChat, maxAge } = policy;
  if (!BODIES.includes(bodies)) throw invalid('history.bodies is "none", "polls" or "all"');
  if (typeof mediaThumbs !== "boolean") throw invalid("history.mediaThumbs is true or false");
  if (maxAge !== undefined && !(maxAge > 0)) throw invalid("history.maxAge must be more than 0");
  const highWater = bytes("highWater", 33_554_432);
  const hardWater = bytes("hardWater", Math.max(134_217_728, highWater));
  if (hardWater < highWater) throw invalid("history.hardWater must be at least history.highWater");
  return {
    highWater,
    hardWater,
    diskQuota: bytes("diskQuota", 1_073_741_824),
    maxPerChat:
      maxPerChat === undefined
        ? Number.MAX_SAFE_INTEGER
        : integerOption("history.maxPerChat", maxPerChat, { min: 0 }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- longer than any number of milliseconds
    maxAge: maxAge ?? (Infinity as Millis),
    bodies,
    mediaThumbs,
  };
}

/** The message as far as it is handed on. The one that came is never changed: others were handed it too. */
export function trimmed(message: WAMessage, { bodies, mediaThumbs }: HistoryRules): WAMessage {
  const content = message?.message;
  if (!content || (bodies === "all" && mediaThumbs)) return message;
  if (!isHandedOn(content, bodies)) return { ...message, message: null };
  return mediaThumbs ? message : { ...message, message: withoutThumbs(content) };
}

/** When a message was sent, in seconds since the epoch; 0 where it does not say. */
export function sentAtSeconds(message: WAMessage): number {
  return wholeNumber(message?.messageTimestamp) ?? 0;
}

function isHandedOn(content: proto.IMessage, bodies: HistoryRules["bodies"]): boolean {
  if (bodies === "all" || innerMessage(content).protocolMessage) return true;
  return bodies === "polls" && isAnswerable(content);
}

/** Without `jpegThumbnail` on any level: a quoted picture has one too. */
function withoutThumbs<T>(value: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a copy has the shape of what it is made from
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(copied);
  // `Long` keeps its methods: only what can hold a picture is copied.
  if ("low" in value && "high" in value) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "jpegThumbnail");
  return Object.fromEntries(kept.map(([name, own]) => [name, copied(own)]));
}

function invalid(message: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", message);
}
