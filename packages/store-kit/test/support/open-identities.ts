import { ManualClock } from "@motte/core/manual-clock";
import { type Identities, createIdentities } from "@motte/store-kit";
import { ME } from "./baileys-events.ts";
import { NOW_MS } from "./chat-side.ts";

export interface OpenedIdentities {
  readonly ids: Identities;
  readonly clock: ManualClock;
  readonly errors: string[];
}

export function openIdentities(me: { id: string; lid: string } | undefined = ME): OpenedIdentities {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const onError = (error: Error): void =>
    void errors.push("code" in error ? String(error.code) : error.message);
  return { ids: createIdentities({ clock, onError, ...(me && { me }) }), clock, errors };
}
