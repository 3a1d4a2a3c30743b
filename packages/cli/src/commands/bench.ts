import { UsageError } from "@motte/core/errors";
import type { AreaEntry, AreaOption } from "../bench/area.ts";
import { AREAS } from "../bench/areas.ts";
import type { Command, OptionValues } from "../command.ts";
import { didYouMean } from "../did-you-mean.ts";
import { EXIT } from "../exit-codes.ts";
import { isGiven, numberOption, textOption, textOptions } from "../option-values.ts";
import { keyOption, keyOptions } from "../stores/key-options.ts";

const [ROUNDS, MOST_ROUNDS] = [5, 100];
const SOME_TAKE: readonly AreaOption[] = ["store", "to", "key-file", "key-env"];
const NAME = Math.max(...AREAS.map(({ name }) => name.length));
const TABLE: readonly string[] = AREAS.map(
  ({ name, summary }) => `  ${name.padEnd(NAME)}  ${summary}`,
);

export const bench: Command = {
  name: "bench",
  summary: "measure your machine and your stores, each beside what else does the same work",
  details: [
    "Areas, each measured alone; without one they are listed:",
    ...TABLE,
    "What is measured is made for it and removed again; no session, message or file of yours is",
    "changed. Without --store, it is in a temporary folder. Only migration reads a session of",
    "yours, the one that --store names, which no bot may have open meanwhile.",
  ],
  arguments: [{ name: "area", help: "what to measure", optional: true }],
  options: {
    store: {
      type: "string",
      value: "store",
      multiple: true,
      help: "a store of yours, such as sqlite:./wa.db; may be given again",
    },
    to: {
      type: "string",
      value: "store",
      multiple: true,
      help: "migration: where to copy to (default: SQLite and files, beside the store)",
    },
    ...keyOptions(""),
    rounds: {
      type: "string",
      value: "number",
      help: `rounds in which the sides take turns (default: ${ROUNDS})`,
    },
    quick: { type: "boolean", help: "a first look, in a few seconds: less work in a round" },
    html: { type: "string", value: "file", help: "also write a report with charts" },
  },
  examples: [
    { call: "", about: "what there is to measure" },
    { call: "key-store", about: "what this machine's disk can do" },
    {
      call: "key-store --store sqlite:./wa.db --store redis://localhost:6379",
      about: "which of two stores is faster here",
    },
    {
      call: "migration --store file:./auth --to redis://localhost:6379",
      about: "how long it takes to move this account there, without moving it",
    },
    { call: "messages --store sqlite:./messages.db --html report.html", about: "with charts" },
  ],
  async run(values, { report, output, signal, words: [name] }) {
    const rounds = numberOption(values, "rounds") ?? ROUNDS;
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `--rounds must be from 1 to ${MOST_ROUNDS}, not ${rounds}`,
      );
    }
    if (name === undefined) {
      assertAlone(values);
      const areas = AREAS.map(({ name: area, summary }) => ({ area, summary }));
      report.show({ areas }, [...TABLE.map((line) => line.trimStart()), "", MEASURE_ONE]);
      return EXIT.ok;
    }
    const area = areaOf(name);
    assertTaken(area, values);
    const { parseStoreName } = await import("../stores/store-name.ts");
    const { runBench } = await import("../bench/run-bench.ts");
    const { runLines } = await import("../bench/run-lines.ts");
    const html = textOption(values, "html");
    const options = {
      stores: textOptions(values, "store").map(parseStoreName),
      targets: textOptions(values, "to").map(parseStoreName),
      keys: await keyOption(values, ""),
      rounds,
      quick: isGiven(values, "quick"),
      signal,
      output,
    };
    const run = await runBench(area, options, html);
    report.show(run, runLines(run));
    if (html !== undefined) report.say("", `charts: ${html}`);
    return EXIT.ok;
  },
};

const MEASURE_ONE = "motte bench <area> measures one, and with --quick in a few seconds.";

/** Throws a `UsageError` for options of a measurement where no area is named. */
function assertAlone(values: OptionValues): void {
  const [given] = Object.keys(values).filter((option) => option !== "json");
  if (given === undefined) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `--${given} is for one area: name ${AREAS.map(({ name }) => name).join(", ")}`,
  );
}

function areaOf(name: string): AreaEntry {
  const area = AREAS.find((each) => each.name === name);
  if (area !== undefined) return area;
  const names = AREAS.map((each) => each.name);
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `motte bench has no area "${name}"${didYouMean(name, names)}; it has ${names.join(", ")}`,
  );
}

/** Throws a `UsageError` for an option that the area would not look at. */
function assertTaken({ name, takes }: AreaEntry, values: OptionValues): void {
  for (const option of SOME_TAKE) {
    if (values[option] === undefined || takes.includes(option)) continue;
    const others = AREAS.filter((area) => area.takes.includes(option)).map((area) => area.name);
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte bench ${name} takes no --${option}, which is for ${others.join(", ")}`,
    );
  }
}
