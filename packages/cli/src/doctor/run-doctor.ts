import type { AuthBackend } from "@motte/auth-stores";
import type { KeyProvider } from "@motte/auth-stores/encryption";
import { CleanupStack } from "@motte/core/cleanup";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOption } from "../stores/key-options.ts";
import { openToLook } from "../stores/look.ts";
import { type StoreName, assertOwn, parseStoreName } from "../stores/store-name.ts";
import { askKey, mayAskKey } from "../stores/typed-key.ts";
import { machineChecks, storeChecks } from "./checks/index.ts";
import { type MachineFacts, machineFacts } from "./facts/machine.ts";
import { type StoreFacts, isRead, storeFacts } from "./facts/store.ts";
import type { Finding } from "./finding.ts";
import { doctorLines } from "./lines.ts";

/** What the doctor found. Plain JSON. */
export interface Examination {
  readonly machine: MachineFacts;
  /** Of the machine. */
  readonly findings: readonly Finding[];
  readonly stores: readonly ExaminedStore[];
}

export interface ExaminedStore {
  readonly store: string;
  /** What a server calls itself: `Redis 7.2.4`. */
  readonly server?: string;
  readonly findings: readonly Finding[];
  readonly sessions: readonly ExaminedSession[];
}

interface ExaminedSession {
  readonly sessionId: string;
  /** The process that has it open and goes on, as `pid@host`. */
  readonly openIn?: string;
  /** How many records were read; absent when they were not. */
  readonly records?: number;
  readonly notRead?: { readonly code: string; readonly message: string };
}

/** Looks at the machine and the stores, tells what was found, and gives back the exit code. */
export async function runDoctor(
  stores: readonly string[],
  values: OptionValues,
  context: CommandContext,
): Promise<number> {
  const { report, output, signal } = context;
  // All of them first: a name that is none shows at once.
  const names = stores.map(ownStore);
  const key = await keyOption(values, "");
  const machine = await machineFacts();
  const examined: ExaminedStore[] = [];
  for (const name of names) {
    signal.throwIfAborted();
    examined.push(examine(await lookedAt(name, key, signal)));
  }
  if (hasEncrypted(examined) && mayAskKey(values, context, "")) {
    return runDoctor(stores, await askKey(values, context, ""), context);
  }
  const findings = machineChecks.flatMap((check) => check(machine));
  const examination = { machine, findings, stores: examined };
  report.show(examination, doctorLines(examination));
  for (const { store, sessionId, message } of unread(examination)) {
    output.error(`${store}: ${sessionId} was not looked into: ${message}`);
  }
  return exitCode(examination);
}

async function lookedAt(
  name: StoreName,
  key: KeyProvider | undefined,
  signal: AbortSignal,
): Promise<StoreFacts> {
  await using cleanup = new CleanupStack();
  const openUntouched = (store: StoreName): Promise<AuthBackend> => openToLook(store, cleanup);
  // Awaited here: the copy is removed when this block is left.
  return await storeFacts(name, { key, signal, openUntouched });
}

function hasEncrypted(stores: readonly ExaminedStore[]): boolean {
  return stores.some(({ sessions }) =>
    sessions.some(({ notRead }) => notRead?.code === "AUTH_STORE_ENCRYPTED"),
  );
}

function ownStore(text: string): StoreName {
  const name = parseStoreName(text);
  assertOwn(name);
  return name;
}

function examine(facts: StoreFacts): ExaminedStore {
  return {
    store: facts.shown,
    ...(facts.redis !== undefined && { server: `Redis ${facts.redis.version}` }),
    findings: storeChecks.flatMap((check) => check(facts)),
    sessions: facts.sessions.map(({ sessionId, openIn, records }) => ({
      sessionId,
      ...(openIn !== null && { openIn }),
      ...(isRead(records) ? { records: records.records } : { notRead: records }),
    })),
  };
}

// Why a session was not read is told by a finding, or is as it should be for an account that has moved.
const TOLD_OTHERWISE = [
  "AUTH_STORE_IMPORTING",
  "AUTH_STORE_MIGRATED",
  "AUTH_STORE_CORRUPT",
  "MIGRATION_SOURCE_UNREADABLE",
];

function unread({ stores }: Examination) {
  return stores.flatMap(({ store, sessions }) =>
    sessions.flatMap(({ sessionId, notRead }) =>
      notRead === undefined || TOLD_OTHERWISE.includes(notRead.code)
        ? []
        : [{ store, sessionId, ...notRead }],
    ),
  );
}

function exitCode(examination: Examination): number {
  const { findings, stores } = examination;
  const all = [...findings, ...stores.flatMap((store) => store.findings)];
  if (all.some(({ severity }) => severity !== "notice")) return EXIT.differences;
  const reasons = unread(examination);
  if (reasons.length === 0) return EXIT.ok;
  return reasons.every(({ code }) => code === "AUTH_STORE_IN_USE") ? EXIT.inUse : EXIT.failed;
}
