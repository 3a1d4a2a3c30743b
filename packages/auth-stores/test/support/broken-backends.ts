import type { AuthBackend, BackendSession, WriteBatch, WriteOp } from "@motte/auth-stores";
import { hasCode } from "@motte/core/errors";
import { BROKEN_SCANS } from "./broken-scans.ts";
import { replaced } from "./replaced.ts";

/** One broken promise, and the test that must notice. */
export interface Breakage {
  /** Finishes "a backend that …". */
  readonly what: string;
  readonly caughtBy: string;
  /** Methods that take the place of a session's. */
  readonly session?: (
    inner: BackendSession,
    backend: AuthBackend,
    sessionId: string,
  ) => Partial<BackendSession>;
  /** Methods that take the place of the backend's. */
  readonly backend?: (inner: AuthBackend) => Partial<AuthBackend>;
  /** Starts empty whenever it is opened. */
  readonly forgetful?: true;
}

type Read = BackendSession["read"];

const reading =
  (change: (read: Read, type: string, ids: readonly string[]) => ReturnType<Read>) =>
  (inner: BackendSession): Partial<BackendSession> => ({
    read: (type, ids) => change(inner.read.bind(inner), type, ids),
  });

const committing =
  (change: (batch: WriteBatch, commit: BackendSession["commit"]) => Promise<void>) =>
  (inner: BackendSession): Partial<BackendSession> => ({
    commit: (batch) => change(batch, inner.commit.bind(inner)),
  });

const lowered = (op: WriteOp): WriteOp => ({ ...op, id: op.id.toLowerCase() });
// As the file names of Baileys' own store are made.
const named = (type: string, id: string): string => `${type}-${id}`;
const isFenced = (error: unknown): boolean => hasCode(error, "AUTH_STORE_FENCED");
let unique = 0;

/** Swallows what a former owner writes, depending on who owns the session now; `undefined` when there is none. */
const swallowing =
  (isSwallowed: (owner: string | null | undefined) => boolean): NonNullable<Breakage["session"]> =>
  (inner, backend, sessionId) =>
    committing((batch, commit) =>
      commit(batch).catch(async (error: unknown) => {
        let now: string | null | undefined;
        for await (const { sessionId: id, owner } of backend.list())
          if (id === sessionId) now = owner;
        if (!isFenced(error) || !isSwallowed(now)) throw error;
      }),
    )(inner);

export const BREAKAGES: readonly Breakage[] = [
  {
    what: "answers something to a question about nothing",
    caughtBy: "reading no ids answers an empty list",
    session: reading(async (read, type, ids) => (ids.length === 0 ? [null] : read(type, ids))),
  },
  {
    what: "leaves out the records it does not have",
    caughtBy: "records come back in the order asked for, null where there is none",
    session: reading(async (read, type, ids) =>
      (await read(type, ids)).filter((value) => value !== null),
    ),
  },
  {
    what: "takes an empty value for none",
    caughtBy: "empty and large values keep their bytes",
    session: reading(async (read, type, ids) =>
      (await read(type, ids)).map((value) => (value?.length === 0 ? null : value)),
    ),
  },
  {
    what: "does not tell upper from lower case",
    caughtBy: "ids are any text, told apart by every character and its case",
    session: (inner) => ({
      read: (type, ids) =>
        inner.read(
          type,
          ids.map((id) => id.toLowerCase()),
        ),
      commit: (batch) => inner.commit({ ...batch, ops: batch.ops.map(lowered) }),
    }),
  },
  {
    what: "joins family and id into one name",
    caughtBy: "type and id do not run into each other",
    session: (inner) => ({
      read: (type, ids) =>
        inner.read(
          "all",
          ids.map((id) => named(type, id)),
        ),
      commit: (batch) =>
        inner.commit({
          ...batch,
          ops: batch.ops.map((op) => ({ ...op, type: "all", id: named(op.type, op.id) })),
        }),
    }),
  },
  {
    what: "never deletes",
    caughtBy: "a record is replaced and deleted, and deleting an absent one is no error",
    session: committing((batch, commit) =>
      commit({ ...batch, ops: batch.ops.filter(({ op }) => op !== "del") }),
    ),
  },
  {
    what: "finds only the first thousand",
    caughtBy: "thousands of records are written and read at once",
    session: reading(async (read, type, ids) => {
      const values = await read(type, ids.slice(0, 1000));
      return ids.map((_, index) => values[index] ?? null);
    }),
  },
  {
    what: "hands out its only copy",
    caughtBy: "what is handed in or out may be changed afterwards",
    session: (inner) => {
      let only: Uint8Array | null = null;
      return { readCreds: async () => (only ??= await inner.readCreds()) };
    },
  },
  ...BROKEN_SCANS,
  {
    what: "lists earlier creds oldest first",
    caughtBy: "a new session has no creds, and earlier creds are kept, newest first",
    session: (inner) => ({
      readCredsHistory: async () => (await inner.readCredsHistory()).toReversed(),
    }),
  },
  {
    what: "deletes no session",
    caughtBy: "sessions do not see each other, and are listed and deleted one by one",
    backend: () => ({ delete: async () => {} }),
  },
  {
    what: "never removes meta",
    caughtBy: "a new session has no meta, and meta is set, replaced and removed by name",
    session: committing((batch, commit) =>
      commit({
        ...batch,
        meta: new Map([...(batch.meta ?? [])].filter(([, value]) => value !== null)),
      }),
    ),
  },
  {
    what: "clears the meta with the records",
    caughtBy: "meta is no record, is not cleared with the records, and outlives the handle",
    session: (inner) =>
      committing(async (batch, commit) => {
        const names = batch.clear === undefined ? [] : [...(await inner.readMeta()).keys()];
        await commit({ ...batch, meta: batch.meta ?? new Map(names.map((name) => [name, null])) });
      })(inner),
  },
  {
    what: "has one meta for all sessions",
    caughtBy: "one session's meta is not another's",
    backend: (inner) => {
      const shared = new Map<string, Uint8Array>();
      return {
        open: async (sessionId, options) => {
          const session = await inner.open(sessionId, options);
          return replaced(session, {
            commit: (batch) => {
              for (const [name, value] of batch.meta ?? []) if (value) shared.set(name, value);
              return session.commit(batch);
            },
            readMeta: async () => shared,
          });
        },
      };
    },
  },
  {
    what: "applies a batch piece by piece",
    caughtBy: "a batch that fails half-way leaves everything as it was",
    session: committing(async (batch, commit) => {
      for (const op of batch.ops) await commit({ batchId: `piece ${++unique}`, ops: [op] });
      await commit({ ...batch, ops: [] });
    }),
  },
  {
    what: "applies the operations of a batch backwards",
    caughtBy: "the operations of a batch apply in order",
    session: committing((batch, commit) => commit({ ...batch, ops: batch.ops.toReversed() })),
  },
  {
    what: "clears after the batch instead of before",
    caughtBy: "clearing drops the records but not the creds, before the batch applies",
    session: committing((batch, commit) =>
      commit(batch.clear === undefined ? batch : { ...batch, ops: [] }),
    ),
  },
  {
    what: "quarantines whatever stands there",
    caughtBy: "quarantine takes the record away only while it holds the bytes named",
    session: committing((batch, commit) =>
      commit({
        ...batch,
        ops: batch.ops.map(({ op, type, id, ...rest }) =>
          "value" in rest && op === "put"
            ? { op, type, id, value: rest.value }
            : { op: "del", type, id },
        ),
      }),
    ),
  },
  {
    what: "does not know a batch again",
    caughtBy: "committing a batch again changes nothing",
    session: committing((batch, commit) => commit({ ...batch, batchId: `new ${++unique}` })),
  },
  {
    what: "takes a batch that failed for done",
    caughtBy: "a batch that failed can be committed again under the same id",
    session: (inner) => {
      const seen = new Set<string>();
      return committing(async (batch, commit) => {
        if (seen.has(batch.batchId)) return;
        seen.add(batch.batchId);
        await commit(batch);
      })(inner);
    },
  },
  {
    what: "lets commits overtake each other",
    caughtBy: "commits that overlap take effect in the order they were called",
    session: (inner) => {
      let called = 0;
      return committing(async (batch, commit) => {
        for (let turns = 30 - (called++ % 30); turns > 0; turns--) await Promise.resolve();
        await commit(batch);
      })(inner);
    },
  },
  {
    what: "shows a batch that is half applied",
    caughtBy: "a read beside a commit sees all of it or nothing",
    session: committing(async (batch, commit) => {
      const half = Math.floor(batch.ops.length / 2);
      await commit({ batchId: `half ${++unique}`, ops: batch.ops.slice(0, half) });
      await commit({ ...batch, ops: batch.ops.slice(half) });
    }),
  },
  {
    what: "writes everything to the session written last",
    caughtBy: "sessions are written side by side",
    backend: (inner) => {
      let last: BackendSession;
      return {
        open: async (sessionId, options) => {
          const session = await inner.open(sessionId, options);
          last = session;
          return replaced(session, { commit: (batch) => last.commit(batch) });
        },
      };
    },
  },
  {
    what: "fails a group for one of its batches",
    caughtBy: "a batch that fails leaves those beside it alone, of its own session and of others",
    session: (inner) => {
      let failed: Error | undefined;
      return committing(async (batch, commit) => {
        await commit(batch).catch((cause: unknown) => {
          failed = new Error("the group failed", { cause });
        });
        await Promise.resolve();
        if (failed !== undefined) throw failed;
      })(inner);
    },
  },
  {
    what: "goes on answering what it has read once",
    caughtBy:
      "a read sees what was committed before it began, or something newer, and never what was replaced",
    session: (inner) => {
      const known = new Map<string, Uint8Array | null>();
      return reading(async (read, type, ids) => {
        const values = await read(type, ids);
        return ids.map((id, index) => {
          const value = known.get(id) ?? values[index] ?? null;
          known.set(id, value);
          return value;
        });
      })(inner);
    },
  },
  {
    what: "forgets everything when it is closed",
    caughtBy: "everything is there after opening the place again",
    forgetful: true,
  },
  {
    what: "cannot give a session up",
    caughtBy: "a session that was given up answers no more, and may be given up twice",
    session: () => ({ release: async () => {} }),
  },
  {
    what: "cannot be closed",
    caughtBy: "a closed backend answers no more, and may be closed twice",
    backend: () => ({ [Symbol.asyncDispose]: async () => {} }),
  },
  {
    what: "creates whatever it is asked for",
    caughtBy: "a missing session is not found, and looking for it leaves nothing behind",
    backend: (inner) => ({ open: (id, options) => inner.open(id, { ...options, create: true }) }),
  },
  {
    what: "lets two owners in",
    caughtBy: "a session with a live owner is in use, for opening and for deleting",
    backend: (inner) => ({
      open: (id, options) => inner.open(id, { ...options, isKnownDead: () => true }),
    }),
  },
  {
    what: "never believes that an owner is dead",
    caughtBy: "an owner known to be dead is replaced at once, and is asked about by its name",
    backend: (inner) => ({
      open: (id, options) => inner.open(id, { ...options, isKnownDead: () => false }),
    }),
  },
  {
    what: "swallows what a former owner writes, without a word",
    caughtBy: "a former owner writes nothing and cannot renew",
    session: committing((batch, commit) =>
      commit(batch).catch((error: unknown) => {
        if (!isFenced(error)) throw error;
      }),
    ),
  },
  {
    what: "renews for everybody of the owner's name",
    caughtBy: "a former owner of the same name is told apart by its epoch",
    session: (inner, backend, sessionId) => ({
      renew: async () => {
        for await (const { sessionId: id, owner } of backend.list()) {
          if (id === sessionId && owner === inner.fence.owner) return "renewed";
        }
        return inner.renew();
      },
    }),
  },
  {
    what: "fences nobody off once the new owner is gone",
    caughtBy: "an owner that has come and gone still fences off the one before",
    session: swallowing((owner) => owner === null),
  },
  {
    what: "accepts writes to a session that was deleted",
    caughtBy: "a deleted session fences off its former owner",
    session: swallowing((owner) => owner === undefined),
  },
  {
    what: "takes a session that is made again for the one that was deleted",
    caughtBy: "a session that is deleted and made again fences off its former owner",
    session: swallowing((owner) => typeof owner === "string"),
  },
  {
    what: "says that a lease is renewed and does not renew it",
    caughtBy: "the lease keeps others out until it lapses, and a renewal extends it",
    session: () => ({ renew: async () => "renewed" }),
  },
  {
    what: "gives every owner the same epoch",
    caughtBy: "giving a session up lets the next one in at once, with a higher epoch",
    session: (inner) => ({ fence: { ...inner.fence, epoch: 1 } }),
  },
  {
    what: "lists only the first hundred sessions",
    caughtBy: "many sessions are listed, each once, with the times of its creation and last change",
    backend: (inner) => ({
      async *list() {
        let listed = 0;
        for await (const summary of inner.list()) if (listed++ < 100) yield summary;
      },
    }),
  },
  {
    what: "deletes every session whose name begins like the one deleted",
    caughtBy: "deleting one of two sessions that hold the same records leaves the other whole",
    backend: (inner) => ({
      delete: async (sessionId, options) => {
        for await (const { sessionId: id } of inner.list()) {
          if (id.startsWith(sessionId.charAt(0))) {
            await inner.delete(id, { ...options, isKnownDead: () => true });
          }
        }
      },
    }),
  },
  {
    what: "answers that there is nothing when its medium fails",
    caughtBy: "every call on a broken medium rejects with an error that has a code",
    session: reading((read, type, ids) => read(type, ids).catch(() => ids.map(() => null))),
  },
];
