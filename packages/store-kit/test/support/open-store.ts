import { ManualClock } from "@motte/core/manual-clock";
import { proto } from "@whiskeysockets/baileys";
import { type MessageStore, type MessageStoreOptions, openMessageStore } from "@motte/store-kit";
import { NOW_MS } from "./messages.ts";

export interface OpenedStore extends AsyncDisposable {
  readonly store: MessageStore;
  readonly clock: ManualClock;
  /** The codes of what was reported. */
  readonly errors: string[];
}

/** A store in memory on a manual clock, unless told otherwise. */
export async function openStore(options: Partial<MessageStoreOptions> = {}): Promise<OpenedStore> {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const store = await openMessageStore({
    ...(options.database === undefined && { file: ":memory:" }),
    account: "bot",
    clock,
    baileys: { proto },
    onError: (error) => errors.push("code" in error ? String(error.code) : error.message),
    ...options,
  });
  return { store, clock, errors, [Symbol.asyncDispose]: () => store.close() };
}
