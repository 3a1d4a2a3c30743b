import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { RedisWarning } from "./checks.ts";
import type { RedisLibrary } from "./client.ts";
import { checkPrefix } from "./keys.ts";
import type { RecoveredSession } from "./revisions.ts";

export interface RedisBackendOptions {
  /** What every key starts with. @defaultValue `"motte"` */
  readonly prefix?: string;
  /** Only with a URL. @defaultValue `redis` if it is installed, else ioredis */
  readonly library?: RedisLibrary;
  /** How long a command may take, in milliseconds. @defaultValue `5_000` */
  readonly commandTimeoutMs?: number;
  /**
   * What an acknowledged write survives. `"process"`: the end of this process, not that of the server.
   * `"commit"`: that of the server, too. It needs `appendonly yes` and Redis 7.2, which then confirms that the write
   * is on disk (WAITAOF), or before 7.2 `appendfsync always`; or `minReplicas`.
   *
   * @defaultValue `"process"`
   */
  readonly durability?: "commit" | "process";
  /** How many replicas must have a write before it is acknowledged. @defaultValue `0` */
  readonly minReplicas?: number;
  /** What to do with a server that may lose records: not use it, or use it and warn. @defaultValue `"refuse"` */
  readonly unsafeServer?: "refuse" | "warn";
  /**
   * Only ask the server, for whoever looks at accounts and must leave them as they are: a session is opened without being
   * acquired, while nobody has it open, and cannot be written. @defaultValue `false`
   */
  readonly readOnly?: boolean;
  /** Told what is not as it should be about the server; also logged. */
  readonly onWarning?: (warning: RedisWarning) => void;
  /**
   * Told when the server has lost writes that it had acknowledged to this process; also logged. Creds and records of
   * every family may be back at an earlier state, except those written again since.
   */
  readonly onRecovered?: (event: RecoveredSession) => void;
  /** Any pino logger. @defaultValue logs nothing */
  readonly logger?: Logger;
}

/** The names of `RedisBackendOptions`, but for what is of no use to an auth state. */
export const REDIS_BACKEND_OPTIONS: readonly Exclude<keyof RedisBackendOptions, "readOnly">[] = [
  "prefix",
  "library",
  "commandTimeoutMs",
  "durability",
  "minReplicas",
  "unsafeServer",
  "onWarning",
  "onRecovered",
  "logger",
];

/** Checked options with the defaults filled in. */
export interface RedisSettings {
  readonly prefix: string;
  readonly library: RedisLibrary | undefined;
  readonly commandTimeoutMs: number;
  readonly durability: "commit" | "process";
  readonly minReplicas: number;
  readonly unsafeServer: "refuse" | "warn";
  readonly readOnly: boolean;
  readonly onWarning: ((warning: RedisWarning) => void) | undefined;
  readonly onRecovered: ((event: RecoveredSession) => void) | undefined;
  readonly logger: Logger;
}

/** Throws a `UsageError` for an option that cannot be; does nothing else. */
export function checkRedisOptions(options: RedisBackendOptions): RedisSettings {
  assertKnownOptions("redisBackend", options, [...REDIS_BACKEND_OPTIONS, "readOnly"]);
  const { library, durability = "process", unsafeServer = "refuse" } = options;
  assertOneOf("library", library ?? "redis", ["redis", "ioredis"]);
  assertOneOf("durability", durability, ["commit", "process"]);
  assertOneOf("unsafeServer", unsafeServer, ["refuse", "warn"]);
  return {
    prefix: checkPrefix(options.prefix ?? "motte"),
    library,
    durability,
    unsafeServer,
    readOnly: options.readOnly === true,
    commandTimeoutMs: integerOption("commandTimeoutMs", options.commandTimeoutMs ?? 5_000, {
      min: 10,
    }),
    minReplicas: integerOption("minReplicas", options.minReplicas ?? 0, { min: 0 }),
    onWarning: options.onWarning,
    onRecovered: options.onRecovered,
    logger: options.logger ?? silentLogger,
  };
}

function assertOneOf(name: string, value: string, legal: readonly string[]): void {
  if (legal.includes(value)) return;
  const choices = legal.map((choice) => `"${choice}"`).join(" or ");
  throw new UsageError("USAGE_INVALID_OPTION", `${name} must be ${choices}`);
}
