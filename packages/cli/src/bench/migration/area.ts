import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { openStore } from "../../stores/open-store.ts";
import { isForeign, parseStoreName } from "../../stores/store-name.ts";
import { Progress } from "../../terminal/progress.ts";
import type { AreaOptions, BenchArea } from "../area.ts";
import { assertBenchable, newSessionId } from "../bench-store.ts";
import type { Figure } from "../figure.ts";
import { measured } from "../measure.ts";
import { folderFor, ownFolder } from "../../stores/own-folder.ts";
import type { Operation } from "../side.ts";
import { BASE, type CopySide, copied, migrated } from "./copies.ts";
import { makeAccount } from "./made-account.ts";
import { REFERENCE } from "./reference.ts";
import { type Source, openSessionSource, openSource } from "./source.ts";
import { type EmptyPlace, type Target, namedTarget, temporaryTargets } from "./target.ts";

// An account that takes long is copied less often, and not only to warm up.
const PACES = {
  normal: { made: 5_000, mostMs: 30_000 },
  quick: { made: 500, mostMs: 2_000 },
};
const MOST_TO_WARM_UP = 20_000;

export const migration: BenchArea = {
  folder: ({ stores, targets }) => folderFor([...stores, ...targets]),
  async check({ stores, targets, keys }) {
    for (const target of targets) await assertBenchable(target);
    const foreign = stores.find(isForeign);
    if (keys === undefined || (stores.length > 0 && foreign === undefined)) return;
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      foreign === undefined
        ? "The key is that of a store: name it with --store, or leave the key out"
        : `${foreign.text} is another program's store, which is not encrypted: leave the key out`,
    );
  },
  async run(options) {
    const { rounds, quick, signal, output } = options;
    const pace = PACES[quick ? "quick" : "normal"];
    const progress = new Progress(output, systemClock, "copies");
    await using cleanup = new CleanupStack();
    const { sources, targets } = await opened(options, pace.made, cleanup);
    cleanup.defer(() => progress.end());
    const pairs = sources.flatMap((source) => targets.map((target) => ({ source, target })));
    const figures: Figure[] = [];
    for (const [index, pair] of pairs.entries()) {
      const { sides, operation } = await copying(pair.source, pair.target, signal);
      const found = await measured([operation], sides, BASE, {
        rounds,
        warmUps: pair.source.records > MOST_TO_WARM_UP ? 0 : 1,
        budgetMs: 0,
        fewestSteps: 1,
        mostMs: pace.mostMs,
        signal,
        reference: REFERENCE,
        onTurn: (done, total) =>
          progress.step({
            phase: "measuring",
            done: index * total + done,
            total: pairs.length * total,
          }),
      });
      figures.push(...found);
    }
    return {
      title: "Moving accounts",
      about: [
        "Records a second that motte migrate moves, each of them checked, read back and compared,",
        "beside reading them and writing them in bulk, with nothing else done. No source is changed,",
        "and every copy is removed.",
        ...sources.map(sourceWords),
      ].join(" "),
      durability: "each copy says what it survives",
      reference: REFERENCE.measuredOn,
      figures,
    };
  },
};

function sourceWords({ name, records, passedOver }: Source): string {
  const left = passedOver === 0 ? "" : `, besides ${passedOver} that motte migrate would ask about`;
  return `${name}: ${records.toLocaleString("en")} records${left}.`;
}

interface Opened {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
}

/** Sources come first: no target is made while a bot runs on one of them. */
async function opened(
  { stores, targets: named, keys, signal }: AreaOptions,
  records: number,
  cleanup: CleanupStack,
): Promise<Opened> {
  const folder = await ownFolder(folderFor([...stores, ...named]), cleanup, "bench");
  const sources: Source[] = [];
  for (const name of stores) {
    sources.push(await openSource(name, { keys, folder, cleanup, signal }));
  }
  if (sources.length === 0) sources.push(await madeSource(folder, records, cleanup, signal));
  const targets: Target[] = [];
  for (const name of named) targets.push(await namedTarget(name, cleanup));
  return { sources, targets: targets.length === 0 ? temporaryTargets(folder) : targets };
}

async function madeSource(
  folder: string,
  records: number,
  cleanup: CleanupStack,
  signal: AbortSignal,
): Promise<Source> {
  const store = parseStoreName(`sqlite:${join(folder, "made.db")}`);
  const backend = cleanup.use(await openStore(store, "make", { inOrder: true }));
  const sessionId = newSessionId();
  await makeAccount(backend, sessionId, records, signal);
  return openSessionSource({ backend, sessionId, name: "SQLite", kind: "sqlite" }, signal);
}

/** Both ways to copy from one place to another. */
async function copying(
  source: Source,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly sides: readonly CopySide[]; readonly operation: Operation<CopySide> }> {
  const survives = await survivesIn(target);
  const common = { note: survives } as const;
  const sides: readonly CopySide[] = [
    { ...common, name: "motte migrate", role: "ours", kind: target.kind, copy: migrated },
    { ...common, name: BASE, role: "limit", kind: undefined, copy: copied },
  ];
  let place: EmptyPlace | undefined;
  const operation: Operation<CopySide> = {
    name: `${source.name} to ${target.name}`,
    kind: `from ${source.kind === "rediss" ? "redis" : source.kind}`,
    count: source.records,
    async prepare(_turn, side) {
      const empty = (place = await target.empty());
      return () => side.copy(source, empty, signal);
    },
    async after() {
      await place?.[Symbol.asyncDispose]();
      place = undefined;
    },
  };
  return { sides, operation };
}

async function survivesIn(target: Target): Promise<string> {
  await using place = await target.empty();
  return place.survives;
}
