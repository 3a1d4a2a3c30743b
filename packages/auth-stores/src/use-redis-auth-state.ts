import { assertKnownOptions } from "@motte/core/options";
import type { RedisClient } from "@motte/core/redis";
import {
  AUTH_STATE_OPTIONS,
  type AuthStateOptions,
  checkAuthStateOptions,
} from "./auth-state-options.ts";
import { type AuthStateHandle, openAuthState } from "./auth-state.ts";
import {
  REDIS_BACKEND_OPTIONS,
  type RedisBackendOptions,
  checkRedisOptions,
} from "./backends/redis/options.ts";
import { redisBackend } from "./backends/redis/backend.ts";
import { withBackend } from "./with-backend.ts";

export interface RedisAuthStateOptions
  extends AuthStateOptions, Omit<RedisBackendOptions, "readOnly"> {
  /** Which of the prefix's sessions. @defaultValue `"default"` */
  readonly sessionId?: string;
}

/**
 * Auth state in Redis, with the shape of Baileys' `useMultiFileAuthState` plus `close`.
 *
 * `source` is a live client of `redis` (`createClient`, `createCluster`) or `ioredis` (`Redis`, `Cluster`), or a URL.
 * A missing session is created unless `create` is `"never"`. Closing the state closes the connection it opened.
 */
export async function useRedisAuthState(
  source: string | RedisClient,
  options: RedisAuthStateOptions = {},
): Promise<AuthStateHandle> {
  const { sessionId = "default" } = options;
  assertKnownOptions("useRedisAuthState", options, [
    "sessionId",
    ...REDIS_BACKEND_OPTIONS,
    ...AUTH_STATE_OPTIONS,
  ]);
  const forBackend: RedisBackendOptions = pick(options, REDIS_BACKEND_OPTIONS);
  const forState: AuthStateOptions = pick(options, AUTH_STATE_OPTIONS);
  checkAuthStateOptions(sessionId, forState);
  checkRedisOptions(forBackend);
  const backend = await redisBackend(source, forBackend);
  return withBackend(backend, () =>
    openAuthState({ ...forState, create: forState.create ?? "if-missing", backend, sessionId }),
  );
}

function pick<T extends object, Name extends keyof T>(
  options: T,
  names: readonly Name[],
): Partial<Pick<T, Name>> {
  const picked: Partial<Pick<T, Name>> = {};
  for (const name of names) {
    if (options[name] !== undefined) picked[name] = options[name];
  }
  return picked;
}
