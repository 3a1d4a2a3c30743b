import type { AuthBackend, BackendSession, WriteBatch } from "@motte/auth-stores";

/** What a test does around a backend's calls: count them, hold them up, or make them fail. */
export interface BackendWatch {
  readonly beforeRead?: (type: string, ids: readonly string[]) => Promise<void> | void;
  readonly afterRead?: (type: string, ids: readonly string[]) => Promise<void> | void;
  readonly beforeCommit?: (batch: WriteBatch) => Promise<void> | void;
  readonly afterCommit?: (batch: WriteBatch) => Promise<void> | void;
  readonly beforeRenew?: () => Promise<void> | void;
}

/** A real backend with something done around its calls. */
export function watched(inner: AuthBackend, watch: BackendWatch): AuthBackend {
  return {
    kind: inner.kind,
    location: inner.location,
    capabilities: inner.capabilities,
    open: async (sessionId, options) => watchedSession(await inner.open(sessionId, options), watch),
    list: () => inner.list(),
    delete: (sessionId, options) => inner.delete(sessionId, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function watchedSession(inner: BackendSession, watch: BackendWatch): BackendSession {
  return {
    fence: inner.fence,
    readCreds: () => inner.readCreds(),
    readCredsHistory: () => inner.readCredsHistory(),
    readMeta: () => inner.readMeta(),
    read: async (type, ids) => {
      await watch.beforeRead?.(type, ids);
      const values = await inner.read(type, ids);
      await watch.afterRead?.(type, ids);
      return values;
    },
    commit: async (batch) => {
      await watch.beforeCommit?.(batch);
      await inner.commit(batch);
      await watch.afterCommit?.(batch);
    },
    types: () => inner.types(),
    ids: (type) => inner.ids(type),
    scan: (type) => inner.scan(type),
    renew: async () => {
      await watch.beforeRenew?.();
      return inner.renew();
    },
    release: () => inner.release(),
  };
}
