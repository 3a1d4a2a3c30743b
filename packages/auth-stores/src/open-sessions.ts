import { AuthStoreError } from "./errors.ts";
import { describeThisProcess } from "./owner.ts";

// Through the global symbol registry, so that two installed copies of this package see each other's handles.
const REGISTRY = Symbol.for("@motte/auth-stores/open-sessions");

/**
 * Claims a session of a backend location for one handle in this process; disposing the claim gives it up.
 *
 * The lease alone would let a second handle in once the first one's lease has lapsed in a stalled process.
 */
export function claimSession(location: string, sessionId: string): Disposable {
  const open = openSessions();
  const key = JSON.stringify([location, sessionId]);
  if (open.has(key)) {
    const owner = describeThisProcess();
    throw new AuthStoreError(
      "AUTH_STORE_IN_USE",
      `This process (${owner}) has the session open already: close that handle first, or share it`,
      { sessionId, owner },
    );
  }
  open.add(key);
  return { [Symbol.dispose]: () => void open.delete(key) };
}

function openSessions(): Set<string> {
  const existing: unknown = Reflect.get(globalThis, REGISTRY);
  if (existing instanceof Set) return existing;
  const created = new Set<string>();
  Reflect.set(globalThis, REGISTRY, created);
  return created;
}
