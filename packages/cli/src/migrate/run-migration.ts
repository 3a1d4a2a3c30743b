import {
  type MigrationProgress,
  type MigrationSettings,
  type MigrationStanding,
  migrate,
  migrationStanding,
  planMigration,
} from "@motte/auth-stores/migration";
import { setFlagsFromString } from "node:v8";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { MotteError, UsageError } from "@motte/core/errors";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOption } from "../stores/key-options.ts";
import { openStore } from "../stores/open-store.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { verdictLines, verifySession } from "../stores/verify-session.ts";
import { durationWords } from "../terminal/duration.ts";
import { Progress } from "../terminal/progress.ts";
import { wrap } from "../terminal/wrap.ts";
import { openToPlan } from "./dry-run.ts";
import { FleetProgress } from "./fleet-progress.ts";
import { inOrder } from "./in-order.ts";
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

// While one session waits for a server, another is read and checked. Where nobody waits it would only take more memory.
const AT_ONCE = { server: 2, file: 1 } as const;
// V8 lets garbage double what is in use, and more, before it looks; what is in use here is little.
const GARBAGE_PERCENT = 30;

/** Carries out `motte migrate` and resolves with its exit code. */
export async function runMigration(asked: MigrationCall, context: CommandContext): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
  const { values } = asked;
  const from = { name: parseStoreName(asked.from), keys: await keyOption(values, "") };
  const to = { name: parseStoreName(asked.to), keys: await keyOption(values, "to-") };
  await using cleanup = new CleanupStack();
  const open = asked.dryRun ? openToPlan(cleanup) : openStore;
  const { moves, stores } = await movesOf(from, to, { all: asked.all, open });
  for (const store of stores) cleanup.use(store);
  // Loaded before the first clock starts, or the first session would seem slower than it is.
  const baileys = await import("@whiskeysockets/baileys");
  const call = { ...asked, settings: { ...asked.settings, baileys } };
  // Awaited here: the stores are closed when this block is left.
  if (call.dryRun) return await planAll(moves, call, context);
  const [only] = moves;
  if (!call.all && only !== undefined) return await carryOut(only, call, context);
  const isServer = [from, to].some(({ name }) => name.kind.startsWith("redis"));
  const width = isServer ? AT_ONCE.server : AT_ONCE.file;
  return await carryOutAll(moves, width, call, context);
}

async function planAll(
  moves: readonly Move[],
  { settings }: MigrationCall,
  { report, signal }: CommandContext,
): Promise<number> {
  let exit: number = EXIT.ok;
  for (const { from, to, name } of moves) {
    const planned = await planMigration({ from, to, ...settings, signal });
    report.show(planDocument(name, planned), planLines(planned));
    const clean = planned.verdict === "clean" && planned.target !== "occupied";
    if (!clean) exit = EXIT.failed;
  }
  return exit;
}

async function carryOut(move: Move, call: MigrationCall, context: CommandContext): Promise<number> {
  const { report, output } = context;
  if (
    call.resume &&
    (await migrationStanding({ from: move.from, to: move.to })) !== "interrupted"
  ) {
    throw notInterrupted(move.name);
  }
  const progress = new Progress(output);
  let outcome: Outcome;
  try {
    outcome = await moved(move, call, context, (step) => {
      if (step.phase !== "done" && !report.json) progress.step(step);
    });
  } finally {
    progress.end();
  }
  report.show(outcome.document, [...outcome.lines, ...outcome.advice]);
  return outcome.exit;
}

async function carryOutAll(
  moves: readonly Move[],
  width: number,
  call: MigrationCall,
  context: CommandContext,
): Promise<number> {
  const { report, output, signal } = context;
  const standings = new Map<Move, MigrationStanding>();
  for (const move of moves) {
    const { from, to } = move;
    standings.set(move, await migrationStanding({ from, to }));
  }
  if (call.resume && ![...standings.values()].some((standing) => standing !== "none")) {
    throw notInterrupted("these sessions");
  }
  const progress = report.json ? undefined : new FleetProgress(output, moves.length);
  let exit: number = EXIT.ok;
  let advice: readonly string[] = [];
  try {
    await inOrder(
      moves,
      width,
      async (move) => {
        signal.throwIfAborted();
        const { name } = move;
        if (standings.get(move) === "done") {
          progress?.finished(name, 0);
          return before(name);
        }
        const outcome = await named(name, () =>
          moved(move, call, context, (step) => progress?.step(name, step)),
        );
        progress?.finished(name, outcome.records);
        return outcome;
      },
      ({ document, lines, advice: one, exit: code }) => {
        progress?.clear();
        report.show(document, lines);
        if (one.length > 0) advice = one;
        exit = Math.max(exit, code);
      },
    );
  } finally {
    progress?.end();
  }
  // The same for all of them.
  report.say(...advice);
  return exit;
}

/** What became of one session. */
interface Outcome {
  readonly records: number;
  readonly document: object;
  readonly lines: readonly string[];
  /** What to do from now on, for people. */
  readonly advice: readonly string[];
  readonly exit: number;
}

async function moved(
  { from, to, name }: Move,
  { settings, deep }: MigrationCall,
  { signal }: CommandContext,
  onProgress: (step: MigrationProgress) => void,
): Promise<Outcome> {
  const startedAt = systemClock.monotonic();
  const done = await migrate({ from, to, ...settings, signal, onProgress });
  const ms = Math.round(systemClock.monotonic() - startedAt);
  const { records, started, sourceMarked, families, credsBytes } = done;
  const verdict = deep ? await verifySession(to, signal) : undefined;
  return {
    records,
    document: {
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
    lines: [
      ...wrap(
        `✓ ${name}: ${records} records and creds in ${durationWords(ms)}, each read back and compared`,
        "  ",
      ),
      ...(verdict === undefined ? [] : verdictLines(verdict)),
    ],
    // Not broken where a path is long, so that it can be copied.
    advice: [
      `  the bot goes on with ${done.to.location}`,
      ...(sourceMarked
        ? [`  ${done.from.location} is marked and opens no more`]
        : [`  ${done.from.location} cannot be marked:`, "  never start the old bot again"]),
    ],
    exit: verdict === undefined || verdict.sound ? EXIT.ok : EXIT.failed,
  };
}

/** Says whose failure it is, among many. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MotteError) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

/** A session that an earlier call has moved to the same place. */
function before(name: string): Outcome {
  return {
    records: 0,
    document: { session: name, started: "done", records: 0 },
    lines: wrap(`= ${name}: has been migrated there before`, "  "),
    advice: [],
    exit: EXIT.ok,
  };
}

function notInterrupted(what: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `No migration of ${what} into that store was interrupted: leave --resume out to begin one`,
  );
}
