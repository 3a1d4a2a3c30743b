import { join } from "node:path";
import { AuthStoreError } from "../../errors.ts";
import { isRatchet } from "../../ratchets.ts";
import type { JournaledFolder } from "./folder.ts";
import type { FileWrite } from "./journal.ts";
import { JOURNAL, META, QUARANTINE } from "./layout.ts";
import { decodeFolderMeta } from "./meta.ts";
import { FilePlaces } from "./places.ts";

/** The refusal to go on from whatever is left after acknowledged commits were lost. */
export function damagedJournal(session: {
  readonly folder: string;
  readonly sessionId: string;
}): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    `The journal in ${join(session.folder, JOURNAL)} is damaged between commits that were on disk, so creds and records ` +
      "may be older than what contacts have seen, and everything was left as it is: restore a backup, or open once with " +
      "{ recoverCreds: true } to go on from what is readable, with new Signal sessions and sender keys",
    { sessionId: session.sessionId },
  );
}

/**
 * Moves ratchets into the quarantine that a lost commit may have changed, as going on from an old one uses message keys
 * twice. Those in `rewritten` are newer than the loss.
 */
export function ratchetsSetAside(
  folder: JournaledFolder,
  rewritten: ReadonlySet<string>,
  nowMs: number,
): readonly FileWrite[] {
  const text = folder.readNow(META);
  const families = text === null ? [] : decodeFolderMeta(text, META).families;
  const places = new FilePlaces(folder, families, { ignoresCase: false });
  return [...places.all()].flatMap(({ type, path }): FileWrite[] => {
    if (!isRatchet(type) || rewritten.has(path)) return [];
    const content = folder.readNow(path);
    const name = path.slice(path.lastIndexOf("/") + 1);
    return [
      { path: `${QUARANTINE}/${nowMs}-lost-${name}`, content },
      { path, content: null },
    ];
  });
}
