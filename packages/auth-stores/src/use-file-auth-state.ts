import { assertKnownOptions } from "@motte/core/options";
import {
  AUTH_STATE_OPTIONS,
  type AuthStateOptions,
  checkAuthStateOptions,
} from "./auth-state-options.ts";
import { type AuthStateHandle, openAuthState } from "./auth-state.ts";
import { type FileBackendOptions, fileBackend } from "./backends/file/backend.ts";
import { withBackend } from "./with-backend.ts";

export interface FileAuthStateOptions
  extends AuthStateOptions, Pick<FileBackendOptions, "durability"> {
  /** What the session in the folder is called. @defaultValue `"default"` */
  readonly sessionId?: string;
}

/**
 * Auth state in a folder that Baileys' own `useMultiFileAuthState` can read and write, with its shape plus `close`.
 *
 * The folder is created if missing (the one it is in is not), and taken over as it is when Baileys made it. After
 * `close`, Baileys may have it back. A missing session is created unless `create` is `"never"`.
 */
export async function useFileAuthState(
  folder: string,
  options: FileAuthStateOptions = {},
): Promise<AuthStateHandle> {
  const { sessionId = "default", durability, ...rest } = options;
  assertKnownOptions("useFileAuthState", options, [
    "sessionId",
    "durability",
    ...AUTH_STATE_OPTIONS,
  ]);
  checkAuthStateOptions(sessionId, rest);
  const backend = await fileBackend(folder, {
    ...(durability !== undefined && { durability }),
    ...(rest.baileys !== undefined && { baileys: rest.baileys }),
    ...(rest.clock !== undefined && { clock: rest.clock }),
    ...(rest.logger !== undefined && { logger: rest.logger }),
  });
  return withBackend(backend, () =>
    openAuthState({ ...rest, create: rest.create ?? "if-missing", backend, sessionId }),
  );
}
