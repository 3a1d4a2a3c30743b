import type { AuthBackend, BackendSession, WriteBatch } from "@motte/auth-stores";

/** A backend whose sessions can be read and not written. Opening one locks it, as reading it does anywhere. */
export function unwritten(backend: AuthBackend): AuthBackend {
  return {
    kind: backend.kind,
    location: backend.location,
    capabilities: backend.capabilities,
    open: async (sessionId, options) =>
      unwrittenSession(await backend.open(sessionId, { ...options, create: false })),
    list: () => backend.list(),
    delete: () => Promise.reject(new TypeError("A session that is only read cannot be deleted")),
    // Whoever opened it closes it.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** All that a session can do but to commit, and whatever faster ways of reading it has. */
function unwrittenSession(session: BackendSession): BackendSession {
  return new Proxy(session, {
    get(of, name) {
      if (name === "commit") return refused;
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== "function") return member;
      const bound: unknown = member.bind(of);
      return bound;
    },
  });
}

// All that a migration writes into its source is the mark that it has moved, which here is not so.
async function refused({ creds, clear, ops }: WriteBatch): Promise<void> {
  if (creds === undefined && clear === undefined && ops.length === 0) return;
  throw new TypeError("A session that is only read cannot be written");
}
