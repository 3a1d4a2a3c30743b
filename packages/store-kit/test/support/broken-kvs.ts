import type { Change, KV, Stored } from "@motte/store-kit";

/** One broken promise, and the test that must notice. */
export interface Breakage {
  /** Finishes "a KV that …". */
  readonly what: string;
  readonly caughtBy: string;
  /** The KV with the promise broken, in every namespace. */
  readonly break: (kv: KV, root: KV) => Partial<KV>;
  /** Starts empty whenever it is opened. */
  readonly forgetful?: true;
}

type Read = KV["getMany"];

const reading =
  (
    change: (
      found: ReadonlyMap<string, Stored>,
      keys: readonly string[],
    ) => Iterable<[string, Stored]>,
  ) =>
  (kv: KV): Partial<KV> => {
    const read: Read = kv.getMany.bind(kv);
    return { getMany: async (keys) => new Map(change(await read(keys), keys)) };
  };

const writing =
  (change: (changes: readonly Change[], kv: KV) => readonly Change[]) =>
  (kv: KV): Partial<KV> => ({ write: (changes) => kv.write(change(changes, kv)) });

/** Names every key otherwise, on its way in and out. */
const renaming =
  (rename: (key: string) => string) =>
  (kv: KV): Partial<KV> => ({
    getMany: async (keys) => {
      const found = await kv.getMany(keys.map(rename));
      return new Map(
        keys.flatMap((key) => {
          const entry = found.get(rename(key));
          return entry ? [[key, entry] as const] : [];
        }),
      );
    },
    write: (changes) => kv.write(changes.map((change) => ({ ...change, key: rename(change.key) }))),
  });

export const BREAKAGES: readonly Breakage[] = [
  {
    what: "answers something under every key",
    caughtBy: "what was set is found, what was not is left out, and a key may be asked for twice",
    break: reading((found, keys) =>
      keys.map((key) => [key, found.get(key) ?? { value: new Uint8Array() }]),
    ),
  },
  {
    what: "cannot be asked for nothing",
    caughtBy: "reading nothing and writing nothing are no errors",
    break: (kv) => ({
      getMany: async (keys) => {
        if (keys.length === 0) throw new Error("MGET needs a key");
        return kv.getMany(keys);
      },
    }),
  },
  {
    what: "keeps bytes as text",
    caughtBy: "every byte, no bytes and a million bytes come back as they were",
    break: writing((changes) =>
      changes.map((change) => ({
        ...change,
        value: change.value && Buffer.from(Buffer.from(change.value).toString()),
      })),
    ),
  },
  {
    what: "does not tell upper from lower case",
    caughtBy: "keys are any text, told apart by every character and its case",
    break: renaming((key) => key.toLowerCase()),
  },
  {
    what: "never deletes",
    caughtBy: "a value is replaced and deleted, and deleting what is not there is no error",
    break: writing((changes) => changes.filter(({ value }) => value !== undefined)),
  },
  {
    what: "makes the deletions of a write first",
    caughtBy: "of two changes of one key in one write the later wins",
    break: writing((changes) => [
      ...changes.filter(({ value }) => value === undefined),
      ...changes.filter(({ value }) => value !== undefined),
    ]),
  },
  {
    what: "finds only the first thousand",
    caughtBy: "thousands of entries are written and read at once",
    break: reading((found) => [...found].slice(0, 1000)),
  },
  {
    what: "hands out its only copy",
    caughtBy: "what is handed in or out may be changed afterwards",
    break: (kv) => {
      const only = new Map<string, Stored>();
      return {
        getMany: async (keys) => {
          for (const [key, entry] of await kv.getMany(keys))
            if (!only.has(key)) only.set(key, entry);
          return new Map(
            keys.flatMap((key) => {
              const entry = only.get(key);
              return entry ? [[key, entry] as const] : [];
            }),
          );
        },
      };
    },
  },
  {
    what: "lets a later write overtake an earlier one",
    caughtBy: "writes that nobody waits for take effect in the order they were made",
    break: (kv) => {
      let held: Promise<void> | undefined;
      return {
        write: async (changes) => {
          const isFirst = held === undefined;
          held ??= new Promise((resolve) => setImmediate(resolve));
          if (isFirst) await held;
          await kv.write(changes);
        },
      };
    },
  },
  {
    what: "does not tell when an entry ends",
    caughtBy: "an entry is there until its last millisecond, and tells when it ends",
    break: reading((found) => [...found].map(([key, { value }]) => [key, { value }])),
  },
  {
    what: "leaves the old value when the new one has already ended",
    caughtBy: "what has already ended when it is written is not there, and what was there is gone",
    break: writing((changes) =>
      // The suite's clock stands in 2026, and nothing of it that is meant to live ends before its first hour is over.
      changes.filter(({ expiresAtMs = Infinity }) => expiresAtMs > Date.UTC(2026, 0, 1)),
    ),
  },
  {
    what: "keeps the end of an older value",
    caughtBy: "a new value has its own end and not that of the old",
    break: (kv) => {
      const ends = new Map<string, number>();
      return writing((changes) =>
        changes.map((change) => {
          const end = ends.get(change.key) ?? change.expiresAtMs;
          if (end === undefined) return change;
          ends.set(change.key, end);
          return { ...change, expiresAtMs: end };
        }),
      )(kv);
    },
  },
  {
    what: "counts a life in 31 bits",
    caughtBy: "an end further away than a timer can count is no trouble",
    break: writing((changes) =>
      changes.map((change) =>
        change.expiresAtMs === undefined
          ? change
          : {
              ...change,
              expiresAtMs: Math.min(change.expiresAtMs, Date.UTC(2026, 0, 1) + 2 ** 31 - 1),
            },
      ),
    ),
  },
  {
    what: "sweeps what has not expired",
    caughtBy: "a sweep frees what has expired, keeps to its budget, and touches nothing else",
    break: (kv) => ({
      sweep: async () => {
        await kv.clear();
        return { deleted: 0, more: false };
      },
    }),
  },
  {
    what: "joins the names of namespaces",
    caughtBy: "namespaces never see each other, whatever their names",
    break: (_kv, root) => {
      const part = (path: string): KV => ({
        ...root.namespace(path),
        namespace: (name) => part(`${path}:${name}`),
      });
      return { namespace: (name) => part(name) };
    },
  },
  {
    what: "makes a new namespace each time",
    caughtBy: "the same name gives the same entries",
    break: (kv) => {
      let count = 0;
      return { namespace: (name) => kv.namespace(`${name} ${++count}`) };
    },
  },
  {
    what: "clears everything",
    caughtBy: "clear empties its namespace, and neither those around it nor those in it",
    break: (kv, root) => ({
      clear: async () => {
        await root.clear();
        await kv.clear();
      },
    }),
  },
  {
    what: "clears when it gets round to it",
    caughtBy: "what is written after a clear is there, though nobody waited for the clear",
    break: (kv) => ({
      clear: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        await kv.clear();
      },
    }),
  },
  {
    what: "says that it persists, and does not",
    caughtBy: "what was written is there when it is opened again, with its end",
    break: () => ({}),
    forgetful: true,
  },
  {
    what: "does not look again at what it has read",
    caughtBy: "what one writes, deletes or clears the other sees",
    break: (kv) => {
      const seen = new Map<string, Stored>();
      return {
        getMany: async (keys) => {
          for (const [key, entry] of await kv.getMany(keys.filter((each) => !seen.has(each)))) {
            seen.set(key, entry);
          }
          return new Map(
            keys.flatMap((key) => {
              const entry = seen.get(key);
              return entry ? [[key, entry] as const] : [];
            }),
          );
        },
        write: async (changes) => {
          for (const { key } of changes) seen.delete(key);
          await kv.write(changes);
        },
      };
    },
  },
  {
    what: "writes one key after the other",
    caughtBy: "a write is seen as a whole or not at all, where that is promised",
    break: (kv) => ({
      write: async (changes) => {
        for (const change of changes) await kv.write([change]);
      },
    }),
  },
  {
    what: "closes the whole with a namespace",
    caughtBy: "closing a namespace closes nothing",
    break: (kv, root) => ({
      namespace: (name) => ({ ...kv.namespace(name), close: () => root.close() }),
    }),
  },
  {
    what: "answers after it was closed",
    caughtBy: "closed, it refuses everything and says so, and is closed again without an error",
    break: () => ({ close: async () => {} }),
  },
  {
    what: "takes a failing medium for an empty one",
    caughtBy: "a medium that fails makes every call reject, with a code and as worth another try",
    break: (kv) => ({
      getMany: (keys) => kv.getMany(keys).catch(() => new Map()),
    }),
  },
];
