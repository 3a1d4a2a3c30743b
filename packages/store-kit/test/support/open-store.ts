import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { proto } from "@whiskeysockets/baileys";
import {
  type MessageStore,
  type MessageStoreOptions,
  days,
  openMessageStore,
} from "@motte/store-kit";
import { NOW_MS } from "./messages.ts";

export interface OpenedStore extends AsyncDisposable {
  readonly store: MessageStore;
  readonly clock: ManualClock;
  /** The codes of what was reported. */
  readonly errors: string[];
}

let shared: Promise<SqliteDatabase> | undefined;
let accounts = 0;

/** A store in memory on a manual clock, unless told otherwise: an account of its own, since tables take time to make. */
export async function openStore(options: Partial<MessageStoreOptions> = {}): Promise<OpenedStore> {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const isPlaced = options.database !== undefined || options.file !== undefined;
  const store = await openMessageStore({
    ...(!isPlaced && { database: await (shared ??= openSqlite(":memory:")) }),
    account: isPlaced ? "bot" : `bot ${++accounts}`,
    clock,
    // A test may let days pass at once.
    sweepEvery: days(1),
    baileys: { proto },
    onError: (error) => errors.push("code" in error ? String(error.code) : error.message),
    ...options,
  });
  return { store, clock, errors, [Symbol.asyncDispose]: () => store.close() };
}
