import { isObject } from "../codec/bytes.ts";
import type { BackendSession } from "../backend.ts";
import { AuthStoreError } from "../errors.ts";

/** Meta name: records are being copied into this session, and it is not whole yet. */
export const IMPORTING = "importing";
/** Meta name: the account goes on somewhere else. */
export const MIGRATED = "migrated";

/** Names one session of one backend. */
export interface SessionName {
  readonly kind: string;
  readonly location: string;
  readonly sessionId: string;
}

/** What stands under `IMPORTING`: enough to go on after an interruption. */
export interface ImportingMarker {
  readonly from: SessionName;
  /** Whose account it is, as a digest. */
  readonly identity: string;
  /** What the source held, as a digest. */
  readonly fingerprint: string;
  /** How many records of each family are known to be copied. */
  readonly copied: readonly (readonly [type: string, records: number])[];
}

/** What stands under `MIGRATED`. */
export interface MigratedMarker {
  readonly to: SessionName;
  readonly identity: string;
  readonly atMs: number;
}

export interface Markers {
  /** `"unreadable"` for one that another version wrote. */
  readonly importing: ImportingMarker | "unreadable" | undefined;
  readonly migrated: MigratedMarker | "unreadable" | undefined;
}

export async function readMarkers(session: Pick<BackendSession, "readMeta">): Promise<Markers> {
  const meta = await session.readMeta();
  return {
    importing: parsed(meta.get(IMPORTING), isImporting),
    migrated: parsed(meta.get(MIGRATED), isMigrated),
  };
}

export function markerBytes(marker: ImportingMarker | MigratedMarker): Uint8Array {
  return Buffer.from(JSON.stringify(marker));
}

/** Throws for a session that is not the one to go on from. */
export function assertNotMoved(markers: Markers, sessionId: string): void {
  if (markers.importing !== undefined) throw stillImporting(sessionId);
  if (markers.migrated !== undefined) throw movedAway(sessionId, markers.migrated);
}

export function stillImporting(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_IMPORTING",
    "A migration into this session has not finished: run it again to complete it, or delete the session",
    { sessionId },
  );
}

export function movedAway(
  sessionId: string,
  marker: MigratedMarker | "unreadable",
): AuthStoreError {
  const where = marker === "unreadable" ? "another store" : `a ${marker.to.kind} store`;
  return new AuthStoreError(
    "AUTH_STORE_MIGRATED",
    `This session has been migrated to ${where}, and what is left here is out of date: using it would set ratchets ` +
      "back. Open the other one, migrate it back, or call forgetMigration() when the other one is gone for good",
    { sessionId },
  );
}

function parsed<T>(
  bytes: Uint8Array | undefined,
  isWanted: (value: unknown) => value is T,
): T | "unreadable" | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return isWanted(value) ? value : "unreadable";
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

function isImporting(value: unknown): value is ImportingMarker {
  return (
    isObject(value) &&
    isSessionName(value["from"]) &&
    typeof value["identity"] === "string" &&
    typeof value["fingerprint"] === "string" &&
    Array.isArray(value["copied"]) &&
    value["copied"].every((entry) => Array.isArray(entry) && entry.length === 2)
  );
}

function isMigrated(value: unknown): value is MigratedMarker {
  return isObject(value) && isSessionName(value["to"]) && typeof value["identity"] === "string";
}

function isSessionName(value: unknown): value is SessionName {
  return (
    isObject(value) &&
    ["kind", "location", "sessionId"].every((name) => typeof value[name] === "string")
  );
}
