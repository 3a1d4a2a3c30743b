import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readScript } from "../src/simulate/read-script.ts";

const nothing = Readable.from([]);

test("steps are read from text, with times and counts", async () => {
  const text = `
    open            # comes up
    +5m close 503; 2x close unreachable
    pass 1h; resume force; ownership mine; version same; stop`;

  expect(await readScript(text, nothing)).toEqual([
    { do: "open", afterMs: 0 },
    { do: "close", because: "service-unavailable", afterMs: 300_000 },
    { do: "close", because: "unreachable", afterMs: 0 },
    { do: "close", because: "unreachable", afterMs: 0 },
    { do: "pass", afterMs: 3_600_000 },
    { do: "resume", force: true, afterMs: 0 },
    { do: "ownership", verdict: "mine", afterMs: 0 },
    { do: "version", changed: false, afterMs: 0 },
    { do: "stop", afterMs: 0 },
  ]);
});

test("steps are read as JSON from the standard input", async () => {
  const input = Readable.from(['[{ "do": "close", "because": "replaced" }]']);
  expect(await readScript("-", input)).toEqual([{ do: "close", because: "replaced" }]);
});

test.each([
  "opne",
  "close",
  "close nonsense",
  "close 515 516",
  "pass soon",
  "+x open",
  "open wide",
  "ownership his",
  "version new",
  "resume please",
  "[1]",
  '["open"]',
  "[",
])("%j is refused with what to write", async (text) => {
  await expect(readScript(text, nothing)).rejects.toThrow(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});

test("a script that cannot be read is not taken for steps", async () => {
  await expect(readScript(".", nothing)).rejects.toThrow(
    expect.objectContaining({ code: "USAGE_UNREADABLE_PATH" }),
  );
});
