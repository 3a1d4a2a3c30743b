import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { textOption, textOptions } from "../option-values.ts";

export const simulate: Command = {
  name: "simulate",
  summary: "play a script of disconnects against a reconnect policy, as a timeline",
  details: [
    "The script is a file, - for the standard input, or the steps themselves, one a line or",
    "between semicolons: [<count>x] [+<time>] <step>. Steps are open, close <cause or number>,",
    "qr, paired, pass <time>, resume [force], crash, online, offline, ownership <mine|theirs>,",
    "version <changed|same> and stop. Times are written as 500ms, 10s, 5m, 2h or 1d.",
  ],
  arguments: [{ name: "script", help: "a file, -, or the steps themselves" }],
  options: {
    policy: {
      type: "string",
      value: "name",
      multiple: true,
      help: "default, the name of a preset, or all; may be given again (default: default)",
    },
    seed: { type: "string", value: "text", help: "seed of the jitter (default: 0)" },
  },
  examples: [
    { call: '"open; +5m close 503; 4x close unreachable; open"', about: "an outage" },
    {
      call: '"20x close 515" --policy default --policy baileys-example',
      about: "what a restart loop does to two policies",
    },
  ],
  async run(values, { report, input, words: [given = ""] }) {
    const { readScript } = await import("../simulate/read-script.ts");
    const { compare } = await import("../simulate/compare.ts");
    const { outcomeLines, summaryLines } = await import("../simulate/outcome-lines.ts");
    const script = await readScript(given, input);
    const outcomes = compare(
      textOptions(values, "policy"),
      script,
      textOption(values, "seed") ?? "0",
    );
    for (const { policy, result } of outcomes) {
      const { timeline, elapsedMs, connects, leftOut, cutOff, state } = result;
      report.show(
        {
          policy,
          connects,
          elapsedMs,
          leftOut,
          cutOff,
          phase: state.phase,
          timeline: timeline.map((entry) => ({ ...entry })),
        },
        outcomeLines(policy, result, outcomes.length > 1),
      );
    }
    report.say(...summaryLines(outcomes));
    return EXIT.ok;
  },
};
