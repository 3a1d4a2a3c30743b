import type { AuthBackend, BackendSession } from "@motte/auth-stores";

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

function unwrittenSession(session: BackendSession): BackendSession {
  return {
    fence: session.fence,
    readCreds: () => session.readCreds(),
    readCredsHistory: () => session.readCredsHistory(),
    readMeta: () => session.readMeta(),
    read: (type, ids) => session.read(type, ids),
    // All that a migration writes into its source is the mark that it has moved, which here is not so.
    commit: async ({ creds, clear, ops }) => {
      if (creds === undefined && clear === undefined && ops.length === 0) return;
      throw new TypeError("A session that is only read cannot be written");
    },
    types: () => session.types(),
    ids: (type) => session.ids(type),
    scan: (type) => session.scan(type),
    renew: () => session.renew(),
    release: () => session.release(),
  };
}
