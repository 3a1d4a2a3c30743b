import { isOwnerKnownDead, newOwner } from "@motte/auth-stores";
import { systemRandom } from "@motte/core/random";
import type { CommandContext } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { backUpOpened } from "../stores/back-up.ts";
import { openStore } from "../stores/open-store.ts";
import { oneSession } from "../stores/sessions.ts";
import { parseStoreName, withoutSecrets } from "../stores/store-name.ts";
import { confirm } from "../terminal/confirm.ts";
import { shownPath } from "../terminal/shown-path.ts";

export interface ResetCall {
  readonly store: string;
  /** Go on without asking. */
  readonly yes: boolean;
  /** Where the archive goes; without it, beside a store on disk, and in the working folder for any other. */
  readonly archiveFolder: string | undefined;
}

// Longer than an archive takes: copying renews it with every batch.
const LEASE_MS = 60_000;

/** Carries out `motte reset`. */
export async function runReset(
  { store, yes, archiveFolder }: ResetCall,
  context: CommandContext,
): Promise<number> {
  const { report, signal } = context;
  const name = parseStoreName(store);
  await using backend = await openStore(name, "refuse");
  const sessionId = await oneSession(name, backend);
  const shown = withoutSecrets(name.text);
  const question = `Archive the session ${sessionId} of ${shown} and remove it there?`;
  if (!yes && !(await confirm(question, context))) {
    report.show({ session: sessionId, removed: false }, ["Nothing was changed."]);
    return EXIT.failed;
  }
  const owner = newOwner(systemRandom);
  const session = await backend.open(sessionId, {
    owner,
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
    create: false,
  });
  let archive: string;
  try {
    const place = { folder: archiveFolder, store: name };
    archive = await backUpOpened(session, sessionId, place, { signal });
    // Still ours, so that nobody opens it between the archive and its end.
    await session.renew();
    await backend.delete(sessionId, { isKnownDead: (recorded) => recorded === owner });
  } finally {
    await session.release();
  }
  report.show({ session: sessionId, location: backend.location, removed: true, archive }, [
    `✓ ${sessionId} was archived to`,
    `    ${shownPath(archive)}`,
    `  and removed from ${shown}`,
    "  to pair anew:",
    `    motte pair "${shown}"`,
    "  to bring it back:",
    `    motte migrate "sqlite:${shownPath(archive)}" "${shown}"`,
  ]);
  return EXIT.ok;
}
