import { type AuthBackend, AuthStoreError, newOwner } from "@motte/auth-stores";
import { systemRandom } from "@motte/core/random";
import { withoutSecrets } from "./store-name.ts";

/** Whether a session is the one to go on from, by the marks that migrations leave. */
export type SessionStanding =
  | { readonly standing: "here" }
  /** `to` is not known of a mark that another version has left, nor is `from`. */
  | { readonly standing: "moved"; readonly to: string | undefined }
  | { readonly standing: "importing"; readonly from: string | undefined }
  | { readonly standing: "unreadable"; readonly code: string };

// Whoever looks needs it for no longer than that.
const LEASE_MS = 60_000;

/** Reads the marks of a session in a store that was opened to be looked at. */
export async function standingOf(
  backend: AuthBackend,
  sessionId: string,
): Promise<SessionStanding> {
  try {
    const meta = await metaOf(backend, sessionId);
    const [importing, migrated] = [meta.get("importing"), meta.get("migrated")];
    if (importing !== undefined) return { standing: "importing", from: placeIn(importing, "from") };
    if (migrated !== undefined) return { standing: "moved", to: placeIn(migrated, "to") };
    return { standing: "here" };
  } catch (error) {
    // The others are listed all the same, and motte doctor says what is wrong with this one.
    if (!(error instanceof AuthStoreError)) throw error;
    return { standing: "unreadable", code: error.code };
  }
}

/** A standing for people; nothing for a session that is here. */
export function standingWords(standing: SessionStanding): string {
  switch (standing.standing) {
    case "here":
      return "";
    case "moved":
      return `moved to ${standing.to ?? "another store"}`;
    case "importing":
      return `half copied from ${standing.from ?? "another store"}`;
    case "unreadable":
      return `cannot be read: ${standing.code}`;
  }
}

async function metaOf(
  backend: AuthBackend,
  sessionId: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const session = await backend.open(sessionId, {
    owner: newOwner(systemRandom),
    leaseMs: LEASE_MS,
    create: false,
    isKnownDead: () => true,
  });
  try {
    return await session.readMeta();
  } finally {
    await session.release();
  }
}

function placeIn(mark: Uint8Array, side: "from" | "to"): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(mark).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const place = fieldOf(value, side);
  const [location, sessionId] = [fieldOf(place, "location"), fieldOf(place, "sessionId")];
  if (typeof location !== "string" || typeof sessionId !== "string") return undefined;
  // A session of another program has no name of its own.
  return withoutSecrets(sessionId === "" ? location : `${location}#${sessionId}`);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
