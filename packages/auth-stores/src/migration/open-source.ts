import type { ForeignSource } from "./foreign-source.ts";
import { type HeldSession, type SessionPlace, holdSession } from "./held-session.ts";
import { identityOnly } from "./identity-only.ts";
import {
  type MigratedMarker,
  type SessionName,
  readMarkers,
  movedAway,
  stillImporting,
} from "./markers.ts";
import type { CheckedSettings } from "./migrate-options.ts";
import {
  type AccountSource,
  type StoredSource,
  accountSource,
  importedSource,
  sessionSource,
} from "./source.ts";

/** A source that stays as it is while it is open, as far as its store can promise that. */
export interface OpenSource extends AsyncDisposable {
  readonly account: AccountSource;
  /** The session, for a source that is one. */
  readonly held: HeldSession | undefined;
  /** Set when the source is marked as migrated to the very place it is being migrated to. */
  readonly continues: MigratedMarker | undefined;
}

/**
 * Opens and locks a source.
 *
 * A session that is marked as migrated is refused, unless the marker names `to`: then a migration was interrupted
 * between marking the source and opening the target.
 */
export async function openSource(
  from: SessionPlace | ForeignSource | StoredSource,
  to: SessionPlace | undefined,
  settings: CheckedSettings,
): Promise<OpenSource> {
  if (!("backend" in from)) {
    const stored = "foreign" in from ? from : importedSource(from);
    return {
      account: asAsked(accountSource(stored, settings.codec), settings),
      held: undefined,
      continues: undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const held = await holdSession(from, false, settings);
  try {
    const markers = await readMarkers(held.session);
    let continues: MigratedMarker | undefined;
    if (!settings.ignoreMigration) {
      const { importing, migrated } = markers;
      if (importing !== undefined) throw stillImporting(from.sessionId);
      if (migrated !== undefined) {
        if (migrated === "unreadable" || !names(migrated.to, to)) {
          throw movedAway(from.sessionId, migrated);
        }
        continues = migrated;
      }
    }
    const stored = sessionSource(held.name, held.session);
    return {
      account: asAsked(accountSource(stored, settings.codec), settings),
      held,
      continues,
      [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
    };
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether a marker names this place. */
function names(name: SessionName, place: SessionPlace | undefined): boolean {
  return (
    place !== undefined &&
    name.location === place.backend.location &&
    name.sessionId === place.sessionId
  );
}

function asAsked(account: AccountSource, settings: CheckedSettings): AccountSource {
  return settings.identityOnly ? identityOnly(account) : account;
}
