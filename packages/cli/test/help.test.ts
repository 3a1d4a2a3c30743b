import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { overview, page } from "../src/help.ts";
import { COLUMNS } from "../src/terminal/wrap.ts";

const pages = [
  ["motte", overview(commands)],
  ...commands.map((command) => [`motte ${command.name}`, page(command)] as const),
] as const;

test.each(pages)("the help of %s fits a terminal", (_name, lines) => {
  expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
});

test("what does not fit goes on under its own column", () => {
  const help = "a text of which nobody knows when it ends, for it goes on beyond the last column";
  const lines = page({
    name: "try",
    summary: "try something",
    details: [
      "One sentence that is longer than",
      "its line. Another one.",
      "  order  what it does",
    ],
    options: { port: { type: "string", value: "number", help } },
    examples: [{ call: "", about: "try it" }],
    run: async () => 0,
  });

  expect(lines).toContain("One sentence that is longer than its line. Another one.");
  expect(lines).toContain("  order  what it does");
  const at = lines.findIndex((line) => line.startsWith("  --port <number>  a text"));
  expect(lines[at + 1]).toMatch(/^ {19}\S/);
});
