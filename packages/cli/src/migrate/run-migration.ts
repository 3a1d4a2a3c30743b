import {
  type MigrationReport,
  type MigrationSettings,
  migrate,
  planMigration,
} from "@motte/auth-stores/migration";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOption } from "../stores/key-options.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { verdictLines, verifySession } from "../stores/verify-session.ts";
import { durationWords } from "../terminal/duration.ts";
import { Progress } from "../terminal/progress.ts";
import { type Move, movesOf } from "./places.ts";
import { planDocument, planLines } from "./plan-lines.ts";

export interface MigrationCall {
  readonly from: string;
  readonly to: string;
  readonly all: boolean;
  readonly dryRun: boolean;
  /** Refuse to begin anew. */
  readonly resume: boolean;
  /** Look over the copy once more from outside. */
  readonly deep: boolean;
  readonly settings: MigrationSettings;
  /** Where the keys are named. */
  readonly values: OptionValues;
}

/** Carries out `motte migrate` and resolves with its exit code. */
export async function runMigration(call: MigrationCall, context: CommandContext): Promise<number> {
  const { values } = call;
  const from = { name: parseStoreName(call.from), keys: await keyOption(values, "") };
  const to = { name: parseStoreName(call.to), keys: await keyOption(values, "to-") };
  await using cleanup = new CleanupStack();
  const { moves, stores } = await movesOf(from, to, call.all);
  for (const store of stores) cleanup.use(store);
  let exit: number = EXIT.ok;
  for (const move of moves) {
    const moved = call.dryRun
      ? await plan(move, call, context)
      : await carryOut(move, call, context);
    exit = Math.max(exit, moved);
  }
  return exit;
}

async function plan(
  { from, to, name }: Move,
  { settings }: MigrationCall,
  { report, signal }: CommandContext,
): Promise<number> {
  const planned = await planMigration({ from, to, ...settings, signal });
  report.show(planDocument(name, planned), planLines(planned));
  return planned.verdict === "clean" && planned.target !== "occupied" ? EXIT.ok : EXIT.failed;
}

async function carryOut(move: Move, call: MigrationCall, context: CommandContext): Promise<number> {
  const { from, to, name } = move;
  const { report, output, signal } = context;
  if (call.resume) await assertStarted(move, call, signal);
  const progress = new Progress(output);
  const startedAt = systemClock.monotonic();
  let done: MigrationReport;
  try {
    done = await migrate({
      from,
      to,
      ...call.settings,
      signal,
      onProgress: (step) => {
        if (step.phase !== "done" && !report.json) progress.step(step);
      },
    });
  } finally {
    progress.end();
  }
  const ms = Math.round(systemClock.monotonic() - startedAt);
  const { records, started, sourceMarked, families, credsBytes } = done;
  const verdict = call.deep ? await verifySession(to, signal) : undefined;
  report.show(
    {
      session: name,
      from: done.from,
      to: done.to,
      records,
      families,
      credsBytes,
      started,
      sourceMarked,
      ms,
      verdict,
    },
    [
      `✓ ${name}: ${records} records and creds in ${durationWords(ms)}, each read back and compared`,
      ...(verdict === undefined ? [] : verdictLines(verdict)),
      sourceMarked
        ? `  ${done.from.location} is marked and opens no more; the bot goes on with ${done.to.location}`
        : `  never start the old bot again: ${done.from.location} cannot be marked`,
    ],
  );
  return verdict === undefined || verdict.sound ? EXIT.ok : EXIT.failed;
}

async function assertStarted(
  { from, to, name }: Move,
  { settings }: MigrationCall,
  signal: AbortSignal,
): Promise<void> {
  const { target } = await planMigration({ from, to, ...settings, signal });
  if (target === "resumable") return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `No migration of ${name} into that store was interrupted: leave --resume out to begin one`,
  );
}
