import type { AuthBackend } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import type { OptionValues } from "../command.ts";
import { keyOption } from "./key-options.ts";
import { openStore } from "./open-store.ts";
import { oneSession } from "./sessions.ts";
import { parseStoreName } from "./store-name.ts";

/** One session of a store, ready to be opened. Dispose it to close the store. */
export interface ChosenSession extends AsyncDisposable {
  readonly backend: AuthBackend;
  readonly sessionId: string;
}

/** Opens the store that a command names, with the key its options name, and picks the session. */
export async function chooseSession(text: string, values: OptionValues): Promise<ChosenSession> {
  const name = parseStoreName(text);
  const keys = await keyOption(values, "");
  const cleanup = new CleanupStack();
  try {
    const plain = cleanup.use(await openStore(name, "refuse"));
    const sessionId = await oneSession(name, plain);
    const { sealed } = await import("@motte/auth-stores/encryption");
    const backend = keys === undefined ? plain : sealed(plain, { keys });
    return { backend, sessionId, [Symbol.asyncDispose]: () => cleanup.dispose() };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}
