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
  return hashSource(options, {
    kind: "baileys-redis-auth",
    recordOf: (field) => recordOfFile(`${field}.json`),
  });
}

/** The hash of fazer-ai's baileys-api, whose fields are `type-id`, and `metadata` for its own use. */
export function fazerAiHash(options: RedisHashOptions): ForeignSource {
  return hashSource(options, {
    kind: "fazer-ai",
    recordOf: (field) => recordOfPlainName(field, "-"),
    passedOver: ["metadata"],
  });
}

/** How one program lays out its hash. */
export interface HashLayout {
  readonly kind: string;
  readonly recordOf: (field: string) => RecordName | undefined;
  /** Fields that are no part of the account. */
  readonly passedOver?: readonly string[];
  /** The JSON of a field, where that is not what it says. */
  readonly jsonOf?: (text: string) => string;
}

/** A hash with a field `creds` and one field per record. */
export function hashSource({ key, readHash }: RedisHashOptions, layout: HashLayout): ForeignSource {
  const { kind, recordOf, passedOver = [], jsonOf = (text) => text } = layout;
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
    readCreds: async () => {
      const creds = (await read()).find(([field]) => field === "creds");
      return creds === undefined ? null : jsonOf(creds[1]);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      for (const [field, text] of await read()) {
        if (field === "creds" || passedOver.includes(field)) continue;
        const record = recordOf(field);
        if (record === undefined) yield { entry: "unknown", name: field };
        else yield { entry: "record", ...record, json: jsonOf(text) };
      }
    },
  };
}
