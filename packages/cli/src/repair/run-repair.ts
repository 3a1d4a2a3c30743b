import { chmod } from "node:fs/promises";
import { type AuthBackend, isOwnerKnownDead, newOwner } from "@motte/auth-stores";
import { type KeyProvider, sealed } from "@motte/auth-stores/encryption";
import { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import type { CommandContext, OptionValues } from "../command.ts";
import { recordFacts } from "../doctor/facts/records.ts";
import { type SessionFacts, type StoreFacts, isRead, storeFacts } from "../doctor/facts/store.ts";
import { looseEntries } from "../doctor/loose-entries.ts";
import { EXIT } from "../exit-codes.ts";
import { messageForShell } from "../message-for-shell.ts";
import { isGiven, textOption } from "../option-values.ts";
import { backUp } from "../stores/back-up.ts";
import { keyOption } from "../stores/key-options.ts";
import { openStore } from "../stores/open-store.ts";
import { assertOwn, parseStoreName } from "../stores/store-name.ts";
import { askKey, mayAskKey } from "../stores/typed-key.ts";
import { openUntouched, untouchedFolder } from "../stores/untouched.ts";
import { repairLines } from "./lines.ts";
import type { Repair } from "./repair.ts";
import { plannedRepairs, repairRecords } from "./repair-records.ts";

/** What came of a repair. Plain JSON. */
export interface Repaired {
  readonly store: string;
  readonly dryRun: boolean;
  readonly repairs: readonly Repair[];
  /** Where sessions were copied to before anything about them was changed. */
  readonly backups: readonly { readonly sessionId: string; readonly file: string }[];
  /** Sessions that were left alone, and why. */
  readonly left: readonly {
    readonly sessionId: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Mends what is safe to mend in a store, tells what was done, and gives back the exit code. */
export async function runRepair(
  text: string,
  values: OptionValues,
  context: CommandContext,
): Promise<number> {
  const { report, output, signal } = context;
  const name = parseStoreName(text);
  assertOwn(name);
  const key = await keyOption(values, "");
  const dryRun = isGiven(values, "dry-run");
  await using cleanup = new CleanupStack();
  const copyTo = dryRun ? await untouchedFolder(name, cleanup, "repair") : undefined;
  const facts = await storeFacts(name, {
    key,
    signal,
    openUntouched:
      copyTo === undefined
        ? undefined
        : (store) => openUntouched(store, copyTo, { unsafeServer: "warn" }),
  });
  const encrypted = leftAlone(facts.sessions).some(({ code }) => code === "AUTH_STORE_ENCRYPTED");
  if (encrypted && mayAskKey(values, context, "")) {
    return runRepair(text, await askKey(values, context, ""), context);
  }
  const [denied] = facts.disk?.denied ?? [];
  if (denied !== undefined) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `This user may not read and write ${denied}: run as the user whose store it is`,
    );
  }
  const folder = textOption(values, "backup");
  const repaired = dryRun
    ? plannedFor(facts)
    : await new StoreRepair(facts, { key, folder, signal }).run();
  report.show(repaired, repairLines(repaired));
  for (const { sessionId, message } of repaired.left) output.error(`${sessionId}: ${message}`);
  if (repaired.left.length === 0) return EXIT.ok;
  const isInUse = repaired.left.every(({ code }) => code === "AUTH_STORE_IN_USE");
  return isInUse ? EXIT.inUse : EXIT.failed;
}

function plannedFor(facts: StoreFacts): Repaired {
  return {
    store: facts.shown,
    dryRun: true,
    repairs: [
      ...modeRepair(facts),
      ...facts.sessions.flatMap((session) => [
        ...tidyRepairs(session),
        ...(isRead(session.records) ? plannedRepairs(session.sessionId, session.records) : []),
      ]),
    ],
    backups: [],
    left: leftAlone(facts.sessions),
  };
}

interface StoreRepairOptions {
  readonly key: KeyProvider | undefined;
  /** Where backups go. */
  readonly folder: string | undefined;
  readonly signal: AbortSignal;
}

class StoreRepair {
  readonly #facts: StoreFacts;
  readonly #options: StoreRepairOptions;
  readonly #repairs: Repair[] = [];
  readonly #backups: { sessionId: string; file: string }[] = [];
  readonly #left: { sessionId: string; code: string; message: string }[];

  constructor(facts: StoreFacts, options: StoreRepairOptions) {
    this.#facts = facts;
    this.#options = options;
    this.#left = [...leftAlone(facts.sessions)];
  }

  async run(): Promise<Repaired> {
    const { name, sessions, disk, shown } = this.#facts;
    for (const { path, isFolder } of looseEntries(disk)) await restrict(path, isFolder);
    this.#repairs.push(...modeRepair(this.#facts));
    await using backend = await openStore(name, "refuse", { unsafeServer: "warn" });
    for (const session of sessions) {
      this.#options.signal.throwIfAborted();
      await this.#repair(session, backend);
    }
    return {
      store: shown,
      dryRun: false,
      repairs: this.#repairs,
      backups: this.#backups,
      left: this.#left,
    };
  }

  async #repair(session: SessionFacts, plain: AuthBackend): Promise<void> {
    const { sessionId } = session;
    const { key, signal } = this.#options;
    const isPlain = key === undefined || session.isEncrypted === false;
    const backend = isPlain ? plain : sealed(plain, { keys: key });
    try {
      let { records } = session;
      if (session.leftovers !== undefined) {
        await this.#backUp(sessionId, plain);
        records = await recordFacts({ backend, sessionId }, signal);
      } else if (session.ownerIsGone && !isRead(records)) {
        await takeAndGiveUp(plain, sessionId);
      }
      this.#repairs.push(...tidyRepairs(session));
      if (!isRead(records) || plannedRepairs(sessionId, records).length === 0) return;
      if (session.leftovers === undefined) await this.#backUp(sessionId, plain);
      this.#repairs.push(...(await repairRecords({ backend, sessionId }, records, signal)));
    } catch (error) {
      // Somebody was faster, or the session is one that does not open: the others are no worse for it.
      const code = CODES.find((known) => hasCode(error, known));
      if (code === undefined || !(error instanceof Error)) throw error;
      this.#left.push({ sessionId, code, message: messageForShell(error) });
    }
  }

  /** Opening it for the copy is also what replays its journal and clears its temporary files. */
  async #backUp(sessionId: string, backend: AuthBackend): Promise<void> {
    const { folder, signal } = this.#options;
    const place = { folder, store: this.#facts.name };
    this.#backups.push({ sessionId, file: await backUp(backend, sessionId, place, { signal }) });
  }
}

const CODES = ["AUTH_STORE_IN_USE", "AUTH_STORE_CORRUPT", "AUTH_STORE_FENCED"] as const;

/** Sessions that could not be read, but for those that repairing makes readable. */
function leftAlone(sessions: readonly SessionFacts[]): Repaired["left"] {
  return sessions.flatMap(({ sessionId, records }) =>
    isRead(records) || records.code === "LEFTOVERS" || records.code === "AUTH_STORE_MIGRATED"
      ? []
      : [{ sessionId, ...records }],
  );
}

function modeRepair({ disk }: StoreFacts): readonly Repair[] {
  const count = looseEntries(disk).length;
  return count === 0 ? [] : [{ id: "file-modes", count }];
}

/** What opening the session and giving it up again puts right. */
function tidyRepairs({ sessionId, leftovers, ownerIsGone }: SessionFacts): readonly Repair[] {
  const left = leftovers && leftovers.journals.length + leftovers.temporary.length;
  return [
    ...(left === undefined ? [] : [{ id: "leftovers", sessionId, count: left }]),
    ...(ownerIsGone ? [{ id: "dead-owner", sessionId, count: 1 }] : []),
  ];
}

async function takeAndGiveUp(backend: AuthBackend, sessionId: string): Promise<void> {
  const session = await backend.open(sessionId, {
    owner: newOwner(systemRandom),
    leaseMs: 60_000,
    create: false,
    isKnownDead: isOwnerKnownDead,
  });
  await session.release();
}

async function restrict(path: string, isFolder: boolean): Promise<void> {
  try {
    await chmod(path, isFolder ? 0o700 : 0o600);
  } catch (error) {
    // A file of a bot that is running may be gone by now.
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
