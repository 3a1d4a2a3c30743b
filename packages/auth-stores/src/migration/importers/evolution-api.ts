import { recordOfPlainName } from "../../backends/file/names.ts";
import { MigrationError } from "../errors.ts";
import type { ForeignEntry, ForeignSource } from "../foreign-source.ts";
import { multiFileFolder } from "./multi-file.ts";
import { type RedisHashOptions, hashSource } from "./redis-hash.ts";

/**
 * Reads `creds` of the instance's row in the table `Session`; nothing at all for a missing one.
 *
 * @example
 * () => prisma.session.findUnique({ where: { sessionId } }).then((row) => row?.creds)
 */
export type ReadSessionCreds = () => Promise<string | null | undefined>;

export interface EvolutionApiHashOptions extends RedisHashOptions {
  /**
   * The hash: `"evolution:instance:<instance id>"`, where `evolution` is CACHE_REDIS_PREFIX_KEY; in version 1
   * `"<prefix>:<instance name>"`.
   */
  readonly key: string;
  /** Where creds are in the database, which is so unless CACHE_REDIS_SAVE_INSTANCES is set. @defaultValue in the hash */
  readonly readCreds?: ReadSessionCreds;
}

/** An instance of Evolution API, version 1 or 2, whose Signal keys are in Redis. */
export function evolutionApiHash({
  readCreds,
  ...options
}: EvolutionApiHashOptions): ForeignSource {
  const hash = hashSource(options, {
    kind: "evolution-api",
    recordOf: (field) => recordOfPlainName(field, "-"),
    jsonOf: unwrapped,
  });
  return readCreds === undefined ? hash : withCreds(hash, readCreds, "creds");
}

export interface EvolutionApiFolderOptions {
  /** The folder of the instance: `"instances/<instance id>"`. */
  readonly folder: string;
  readonly readCreds: ReadSessionCreds;
}

/** An instance of Evolution API 2 without Redis: Signal keys in files, creds in the database. */
export function evolutionApiFolder({
  folder,
  readCreds,
}: EvolutionApiFolderOptions): ForeignSource {
  return { ...withCreds(multiFileFolder(folder), readCreds, "creds.json"), kind: "evolution-api" };
}

/** The records of `source` under the creds of the database. Creds that are among the records may be another account's. */
function withCreds(
  source: ForeignSource,
  readCreds: ReadSessionCreds,
  name: string,
): ForeignSource {
  return {
    ...source,
    readCreds: async () => {
      const creds = await fromDatabase(readCreds);
      return creds === null ? null : unwrapped(creds);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      if ((await source.readCreds()) !== null) yield { entry: "unknown", name };
      yield* source.entries();
    },
  };
}

async function fromDatabase(readCreds: ReadSessionCreds): Promise<string | null> {
  try {
    return (await readCreds()) ?? null;
  } catch (error) {
    throw new MigrationError(
      "MIGRATION_SOURCE_UNREADABLE",
      "The creds cannot be read from the database; see the cause",
      { cause: error, retryable: true },
    );
  }
}

// Evolution API 2 turns values into JSON twice (cache.service.ts and rediscache.ts; saveKey of its Prisma store), version
// 1 once. A LID mapping, which is a string of digits, never looks like JSON of a string, list or object.
function unwrapped(text: string): string {
  const value = parsed(text);
  return typeof value === "string" && /^["[{]/.test(value) ? value : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What is no JSON is found out, and told, when it is decoded.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
