import { CleanupStack } from "@motte/core/cleanup";
import type { AuthStateHandle } from "./auth-state.ts";
import type { AuthBackend } from "./backend.ts";

/** Opens a state that closes `backend` with itself; a state that fails to open closes it at once. */
export async function withBackend(
  backend: AuthBackend,
  open: () => Promise<AuthStateHandle>,
): Promise<AuthStateHandle> {
  const cleanup = new CleanupStack();
  cleanup.use(backend);
  let handle: AuthStateHandle;
  try {
    handle = await open();
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
  cleanup.defer(() => handle.close());
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= cleanup.dispose());
  const destroy = async (): Promise<void> => {
    await handle.destroy();
    await close();
  };
  return { ...handle, close, destroy, [Symbol.asyncDispose]: close };
}
