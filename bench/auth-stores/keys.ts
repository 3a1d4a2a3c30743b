import type { SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";

/** Baileys' key store without its types per family: a trace sets any of them. */
export interface Keys {
  get(type: string, ids: string[]): unknown;
  set(data: Record<string, Record<string, unknown>>): unknown;
}

export interface OpenStore extends AsyncDisposable {
  readonly sessions: readonly Keys[];
}

/** The traces know their families by name only, and their values are what Baileys would store there. */
export function keysOf(store: SignalKeyStore): Keys {
  return {
    get: (type, ids) => store.get(type as keyof SignalDataTypeMap, ids),
    set: (data) => store.set(data),
  };
}
