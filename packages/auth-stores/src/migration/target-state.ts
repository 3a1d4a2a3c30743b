import type { HeldSession } from "./held-session.ts";
import type { Inventory } from "./inventory.ts";
import { type ImportingMarker, type SessionName, readMarkers } from "./markers.ts";

/** What stands where an account is to be migrated to. */
export type TargetState =
  | { readonly state: "empty" }
  /** An interrupted migration of the same account. */
  | { readonly state: "resumable"; readonly marker: ImportingMarker }
  /** What was left behind when the account moved to the place it now comes back from. */
  | { readonly state: "returning" }
  | { readonly state: "occupied" };

export async function stateOfTarget(
  { session }: Pick<HeldSession, "session">,
  from: SessionName,
  { identity }: Pick<Inventory, "identity">,
): Promise<TargetState> {
  const [creds, types] = [await session.readCreds(), await session.types()];
  if (creds === null && types.length === 0) return { state: "empty" };
  const { importing, migrated } = await readMarkers(session);
  if (importing !== undefined) {
    const resumable = importing !== "unreadable" && importing.identity === identity;
    return resumable ? { state: "resumable", marker: importing } : { state: "occupied" };
  }
  const returning =
    migrated !== undefined &&
    migrated !== "unreadable" &&
    migrated.identity === identity &&
    migrated.to.location === from.location &&
    migrated.to.sessionId === from.sessionId;
  return { state: returning ? "returning" : "occupied" };
}
