import { assertKnownOptions } from "@motte/core/options";
import { AUTH_STATE_OPTIONS, type AuthStateOptions } from "./auth-state-options.ts";
import { type AuthStateHandle, openAuthState } from "./auth-state.ts";
import { type MemoryPlace, memoryBackend } from "./backends/memory.ts";
import { withBackend } from "./with-backend.ts";

export interface MemoryAuthStateOptions extends AuthStateOptions {
  /** @defaultValue `"default"` */
  readonly sessionId?: string;
  /** Where the session lives on after `close`, to be opened again. @defaultValue a new place, gone with the state */
  readonly place?: MemoryPlace;
}

/** Auth state in this process only, with the shape of Baileys' `useMultiFileAuthState` plus `close`: for tests. */
export async function useMemoryAuthState(
  options: MemoryAuthStateOptions = {},
): Promise<AuthStateHandle> {
  const { sessionId = "default", place, ...rest } = options;
  assertKnownOptions("useMemoryAuthState", options, ["sessionId", "place", ...AUTH_STATE_OPTIONS]);
  const backend = memoryBackend({
    ...(place !== undefined && { place }),
    ...(rest.clock !== undefined && { clock: rest.clock }),
  });
  return withBackend(backend, () =>
    openAuthState({ ...rest, create: rest.create ?? "if-missing", backend, sessionId }),
  );
}
