import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { GroupMetadataCache } from "../groups/group-metadata-cache.ts";
import type { Identities } from "../identities/identities.ts";
import { userJid } from "../identities/user-jid.ts";
import type { OpenTables } from "../tables/sqlite-tables.ts";

/** A store that can forget somebody. */
export interface ErasesUsers {
  eraseUser(jid: string): Promise<number>;
}

/** Where somebody's data may be. Each but `identities` may be left out. */
export interface ErasableParts {
  readonly identities: ErasesUsers & Pick<Identities, "lidOf" | "pnOf" | "isMe">;
  /** What `bindStores` answered: what waits is dropped first. */
  readonly binding?: ErasesUsers;
  readonly messages?: ErasesUsers;
  readonly chats?: ErasesUsers;
  readonly contacts?: ErasesUsers;
  readonly labels?: ErasesUsers;
  readonly receipts?: ErasesUsers;
  readonly reactions?: ErasesUsers;
  readonly stars?: ErasesUsers;
  readonly presence?: ErasesUsers;
  readonly groups?: Pick<GroupMetadataCache, "eraseUser">;
  /** What the stores keep their rows in, to take them off the disk. */
  readonly tables?: Pick<OpenTables, "scrub">;
}

/** Rows that were deleted, by the part they were in. */
export type ErasedRows = Readonly<Partial<Record<keyof ErasableParts, number>>>;

export interface EraseReport {
  readonly rows: ErasedRows;
  /** Whether they are off the disk too, and not only deleted: another connection may still be reading them. */
  readonly scrubbed: boolean;
}

/** In this order: who they are is known last, since everything is found by it. */
const STORES = [
  "binding",
  "messages",
  "chats",
  "contacts",
  "labels",
  "receipts",
  "reactions",
  "stars",
  "presence",
] as const satisfies readonly (keyof ErasableParts)[];

/**
 * Deletes everything that is kept of somebody, under both forms, in steps that let other work in between: their chat,
 * what they sent elsewhere, reactions, receipts, names, labels, and who they are, history included.
 *
 * What they sent stays out when it is delivered again, by a mark that does not name them. What others wrote of them
 * stays with those who wrote it. Somebody who writes again is met anew.
 *
 * @throws UsageError for what is nobody's JID, or our own.
 * @throws StoreKitError `STORE_KIT_UNAVAILABLE`; what was not deleted by then is, when it is called again.
 */
export async function eraseUser(jid: string, parts: ErasableParts): Promise<EraseReport> {
  assertKnownOptions("eraseUser: parts", parts, ["identities", ...STORES, "groups", "tables"]);
  const { identities, groups, tables } = parts;
  const user = userJid(jid);
  if (user === undefined) throw invalid("eraseUser needs the JID of a person, LID or PN");
  if (identities.isMe(user.jid)) throw invalid("eraseUser was given the account's own JID");
  const forms = [identities.lidOf(user.jid), identities.pnOf(user.jid)];
  const rows: Partial<Record<keyof ErasableParts, number>> = {};
  for (const name of STORES) {
    const part = parts[name];
    if (part !== undefined) rows[name] = await part.eraseUser(user.jid);
  }
  const known = forms.filter((form) => form !== undefined);
  if (groups !== undefined) rows.groups = await groups.eraseUser(known);
  rows.identities = await identities.eraseUser(user.jid);
  return { rows, scrubbed: (await tables?.scrub()) ?? true };
}

function invalid(message: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", message);
}
