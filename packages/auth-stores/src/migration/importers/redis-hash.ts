import { MigrationError } from "../errors.ts";
import type { ForeignEntry, ForeignSource } from "../foreign-source.ts";
import { type RecordName, recordOfFile, recordOfPlainName } from "../../backends/file/names.ts";

/**
 * Reads a whole hash; no field at all for a missing one.
 *
 * @example
 * (key) => nodeRedis.hGetAll(key)
 * @example
 * (key) => ioredis.hgetall(key)
 */
export type ReadHash = (key: string) => Promise<Readonly<Record<string, string>>>;

export interface RedisHashOptions {
  /** The hash: `"<session>:auth"` of baileys-redis-auth, `"@baileys-api:connections:<id>:authState"` of fazer-ai's. */
  readonly key: string;
  readonly readHash: ReadHash;
}

/** The hash of baileys-redis-auth's `useRedisAuthStateWithHSet`, whose fields are named as Baileys names files. */
export function baileysRedisAuth(options: RedisHashOptions): ForeignSource {
  return hashSource(
    "baileys-redis-auth",
    options,
    (field) => recordOfFile(`${field}.json`),
    new Set(),
  );
}

/** The hash of fazer-ai's baileys-api, whose fields are `type-id`, and `metadata` for its own use. */
export function fazerAiHash(options: RedisHashOptions): ForeignSource {
  return hashSource(
    "fazer-ai",
    options,
    (field) => recordOfPlainName(field, "-"),
    new Set(["metadata"]),
  );
}

function hashSource(
  kind: string,
  { key, readHash }: RedisHashOptions,
  recordOf: (field: string) => RecordName | undefined,
  passedOver: ReadonlySet<string>,
): ForeignSource {
  const read = async (): Promise<readonly (readonly [string, string])[]> => {
    try {
      return Object.entries(await readHash(key));
    } catch (error) {
      throw new MigrationError(
        "MIGRATION_SOURCE_UNREADABLE",
        "The hash cannot be read; see the cause",
        { cause: error, retryable: true },
      );
    }
  };
  return {
    kind,
    location: key,
    readCreds: async () => (await read()).find(([field]) => field === "creds")?.[1] ?? null,
    async *entries(): AsyncGenerator<ForeignEntry> {
      for (const [field, json] of await read()) {
        if (field === "creds" || passedOver.has(field)) continue;
        const record = recordOf(field);
        if (record === undefined) yield { entry: "unknown", name: field };
        else yield { entry: "record", ...record, json };
      }
    },
  };
}
