import { hasCode } from "@motte/core/errors";
import type { AuthBackend } from "../backend.ts";
import type { ForeignSource } from "./foreign-source.ts";
import { type SessionPlace, holdSession } from "./held-session.ts";
import { type Markers, type SessionName, readMarkers } from "./markers.ts";
import { type MigrateOptions, assertMigrateOptions, checkSettings } from "./migrate-options.ts";

/** How far an earlier migration of the same account to the same place has got. */
export type MigrationStanding = "none" | "interrupted" | "done";

/**
 * Tells from the marks that migrations leave whether `from` has been migrated to `to` already, without reading the
 * account. A store of another program cannot be marked, so for one it is never `"done"`.
 *
 * Both sides are locked for a moment. Throws `AUTH_STORE_IN_USE` and `AUTH_STORE_NOT_FOUND`.
 */
export async function migrationStanding(options: MigrateOptions): Promise<MigrationStanding> {
  assertMigrateOptions("migrationStanding", options);
  const { from, to } = options;
  const moved = "backend" in from && leads(await markersOf(from, options), to);
  let target: Markers;
  try {
    target = await markersOf(to, options);
  } catch (error) {
    if (hasCode(error, "AUTH_STORE_NOT_FOUND")) return "none";
    throw error;
  }
  const { importing } = target;
  if (importing !== undefined && importing !== "unreadable" && isNamed(from, importing.from)) {
    return "interrupted";
  }
  return moved && importing === undefined ? "done" : "none";
}

async function markersOf(place: SessionPlace, options: MigrateOptions): Promise<Markers> {
  await using held = await holdSession(place, false, await checkSettings(options));
  // Awaited here: the session is given up when this block is left.
  return await readMarkers(held.session);
}

function leads({ migrated }: Markers, to: SessionPlace): boolean {
  return migrated !== undefined && migrated !== "unreadable" && isNamed(to, migrated.to);
}

function isNamed(place: SessionPlace | ForeignSource, name: SessionName): boolean {
  const stored: Pick<AuthBackend, "location"> = "backend" in place ? place.backend : place;
  const sessionId = "backend" in place ? place.sessionId : "";
  return stored.location === name.location && sessionId === name.sessionId;
}
