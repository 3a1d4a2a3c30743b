import type { proto } from "../wire/baileys.ts";
import type { PhoneAppState } from "./app-state.ts";
import type { Acquaintance, PhoneHistory } from "./history.ts";

/** What a phone knows that a new companion has to be told. */
export interface PhoneKnowledge {
  readonly appState: PhoneAppState;
  readonly history: PhoneHistory;
  readonly people: readonly Acquaintance[];
}

/**
 * The messages a phone sends a companion after its first login, in this order: the keys of the app state first,
 * then the history. Without history Baileys holds its events back for 20 seconds (chats.js: AwaitingInitialSync).
 */
export function firstSyncMessages({ appState, history, people }: PhoneKnowledge): proto.IMessage[] {
  return [appState.keyShare(), ...history.firstMessages(people)];
}
