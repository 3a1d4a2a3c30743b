import type { AuthBackend, BackendSession } from "@motte/auth-stores";
import { AuthStoreError } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import type { BreakablePlace } from "@motte/auth-stores/conformance";
import type { Breakage } from "./broken-backends.ts";
import { replaced } from "./replaced.ts";

/** A place in memory whose medium can fail, and whose backend breaks one promise. */
export async function brokenPlace(breakage?: Breakage): Promise<BreakablePlace> {
  const place = new MemoryPlace();
  let broken = false;
  const assertWhole = (): void => {
    if (broken) throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "The medium has failed");
  };
  return {
    open: async (clock) => {
      const whole = failing(
        memoryBackend({ place: breakage?.forgetful === true ? new MemoryPlace() : place, clock }),
        assertWhole,
      );
      if (breakage === undefined) return whole;
      const { backend, session } = breakage;
      const opening = replaced(whole, {
        open: async (sessionId, options) => {
          const opened = await whole.open(sessionId, options);
          return session === undefined
            ? opened
            : replaced(opened, session(opened, whole, sessionId));
        },
      });
      return backend === undefined ? opening : replaced(opening, backend(opening));
    },
    breakMedium: async () => void (broken = true),
    [Symbol.asyncDispose]: async () => {},
  };
}

function failing(inner: AuthBackend, assertWhole: () => void): AuthBackend {
  return replaced(inner, {
    open: async (...asked) => {
      assertWhole();
      return guarded(await inner.open(...asked), assertWhole);
    },
    delete: async (...asked) => {
      assertWhole();
      await inner.delete(...asked);
    },
    list: () => checked(inner.list(), assertWhole),
  });
}

function guarded(inner: BackendSession, assertWhole: () => void): BackendSession {
  const call =
    <Arguments extends unknown[], T>(work: (...asked: Arguments) => Promise<T>) =>
    async (...asked: Arguments): Promise<T> => {
      assertWhole();
      return work.apply(inner, asked);
    };
  return replaced(inner, {
    readCreds: call(inner.readCreds),
    readCredsHistory: call(inner.readCredsHistory),
    readMeta: call(inner.readMeta),
    read: call(inner.read),
    commit: call(inner.commit),
    types: call(inner.types),
    renew: call(inner.renew),
    ids: (type) => checked(inner.ids(type), assertWhole),
    scan: (type) => checked(inner.scan(type), assertWhole),
  });
}

async function* checked<T>(items: AsyncIterable<T>, assertWhole: () => void): AsyncGenerator<T> {
  assertWhole();
  yield* items;
}
