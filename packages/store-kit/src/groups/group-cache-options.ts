import type { Clock } from "@motte/core/clock";
import type { Random } from "@motte/core/random";
import type { GroupMetadata } from "@whiskeysockets/baileys";
import type { ErrorSink } from "../error-sink.ts";
import type { Identities } from "../identities/identities.ts";
import type { Millis } from "../millis.ts";
import type { Tables } from "../tables/table.ts";

export interface GroupMetadataCacheOptions {
  /** Who is who, and who we are. */
  readonly identities: Pick<Identities, "lidOf" | "pnOf" | "isMe" | "ingest">;
  /** Asks the server, mostly `sock.groupMetadata`; `fetchWith` sets it later. */
  readonly fetch?: (jid: string) => Promise<GroupMetadata>;
  /** Where groups are kept. @defaultValue in memory */
  readonly tables?: Tables;
  /** How long a group is believed without a word about it. @defaultValue `hours(1)` */
  readonly ttl?: Millis;
  /** How long after that it still serves when the server does not answer or refuses. @defaultValue `hours(24)` */
  readonly staleIfError?: Millis;
  /** Least time between two questions to the server. Doubled by each 429. @defaultValue `milliseconds(400)` */
  readonly minFetchInterval?: Millis;
  /** Longest such time. @defaultValue `minutes(15)` */
  readonly maxFetchInterval?: Millis;
  /** Most questions at a time. @defaultValue `2` */
  readonly maxConcurrentFetches?: number;
  /** Most groups kept. @defaultValue `500` */
  readonly maxGroups?: number;
  /** About how many bytes they may take; one group an eighth of it. @defaultValue `33_554_432` */
  readonly maxBytes?: number;
  /** Hears of questions that failed and events that could not be read. @defaultValue `process.emitWarning` */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

export const GROUP_CACHE_OPTIONS: readonly (keyof GroupMetadataCacheOptions)[] = [
  "identities",
  "fetch",
  "tables",
  "ttl",
  "staleIfError",
  "minFetchInterval",
  "maxFetchInterval",
  "maxConcurrentFetches",
  "maxGroups",
  "maxBytes",
  "onError",
  "clock",
  "random",
];
