import {
  type AuthStateHandle,
  type AuthStateOptions,
  useFileAuthState,
  useRedisAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";

/** Opens the front of this kind: `place` is a folder, or the URL of a Redis server. */
export function openFront(
  kind: string,
  place: string,
  options: AuthStateOptions,
): Promise<AuthStateHandle> {
  switch (kind) {
    case "file":
      return useFileAuthState(`${place}/auth`, options);
    case "redis":
      return useRedisAuthState(place, options);
    case "sqlite":
      return useSqliteAuthState(`${place}/auth.db`, options);
    default:
      throw new RangeError(`there is no front "${kind}"`);
  }
}
