import { UsageError } from "@motte/core/errors";
import type { Command } from "../command.ts";
import { didYouMean } from "../did-you-mean.ts";
import { EXIT } from "../exit-codes.ts";
import { isGiven, numberOption, textOption, textOptions } from "../option-values.ts";

const [ROUNDS, MOST_ROUNDS] = [5, 100];

export const bench: Command = {
  name: "bench",
  summary: "measure your machine and your stores, beside the store that Baileys ships",
  details: [
    "Areas:",
    "  key-store   how many sets and gets of Signal keys your stores do in a second",
    "In each store, a session of a new name is made and removed again; no other is touched.",
    "Without --store, SQLite, a folder and memory are measured in a temporary folder.",
  ],
  arguments: [{ name: "area", help: "what to measure: key-store" }],
  options: {
    store: {
      type: "string",
      value: "store",
      multiple: true,
      help: "a store of yours, such as sqlite:./wa.db; may be given again",
    },
    rounds: {
      type: "string",
      value: "number",
      help: `rounds in which the stores take turns (default: ${ROUNDS})`,
    },
    quick: { type: "boolean", help: "a first look, in a few seconds: fewer steps in a round" },
    html: { type: "string", value: "file", help: "also write a report with charts" },
  },
  examples: [
    { call: "key-store", about: "what this machine's disk can do" },
    {
      call: "key-store --store sqlite:./wa.db --store redis://localhost:6379",
      about: "which of two stores is faster here",
    },
    { call: "key-store --html report.html", about: "with charts" },
  ],
  async run(values, { report, output, signal, words: [name = ""] }) {
    const rounds = numberOption(values, "rounds") ?? ROUNDS;
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `--rounds must be from 1 to ${MOST_ROUNDS}, not ${rounds}`,
      );
    }
    const { AREAS } = await import("../bench/areas.ts");
    const area = AREAS.find((each) => each.name === name);
    if (area === undefined) {
      const names = AREAS.map((each) => each.name);
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `motte bench has no area "${name}"${didYouMean(name, names)}; it has ${names.join(", ")}`,
      );
    }
    const { parseStoreName } = await import("../stores/store-name.ts");
    const { runBench } = await import("../bench/run-bench.ts");
    const { runLines } = await import("../bench/run-lines.ts");
    const { REFERENCE } = await import("../bench/key-store/reference.ts");
    const stores = textOptions(values, "store").map(parseStoreName);
    const html = textOption(values, "html");
    const run = await runBench(
      area,
      { stores, rounds, quick: isGiven(values, "quick"), signal, output },
      html,
    );
    report.show(run, runLines(run, REFERENCE.measuredOn));
    if (html !== undefined) report.say("", `charts: ${html}`);
    return EXIT.ok;
  },
};
