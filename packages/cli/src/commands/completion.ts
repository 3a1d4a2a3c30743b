import { UsageError } from "@motte/core/errors";
import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { shells } from "../completion/shells.ts";

export const completion: Command = {
  name: "completion",
  summary: "print a script that completes motte's commands and options in your shell",
  arguments: [{ name: "shell", help: "bash, zsh or fish" }],
  options: {},
  examples: [
    { call: "bash >> ~/.bashrc", about: "complete with the Tab key in every new bash" },
    { call: "fish > ~/.config/fish/completions/motte.fish", about: "the same for fish" },
  ],
  async run(_values, { report, words: [shell = ""] }) {
    const script = shells.get(shell);
    if (script === undefined) {
      const known = [...shells.keys()].join(", ");
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `motte completes in ${known}, not in "${shell}": name one of them`,
      );
    }
    // Loaded here, because the list of commands holds this one.
    const { commands } = await import("./index.ts");
    const text = script(commands);
    report.show({ shell, script: text }, [text.trimEnd()]);
    return EXIT.ok;
  },
};
