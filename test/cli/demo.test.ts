import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const STEPS = [
  "QR shown",
  "QR scanned",
  "restart survived",
  "text to the bot",
  "text from the bot",
  "connection cut",
  "SIGKILL in traffic",
  "started again",
  "retry answered",
  "logged out",
];

test("the demo runs through every step, draws the QR and leaves its data where asked", async () => {
  await using folder = await temporaryFolder();

  const { code, out, error } = await runMotte(["demo", "--data", folder.path, "--seed", "test"]);

  expect(error).toEqual([]);
  const seen = out.filter((line) => line.startsWith("✓"));
  expect(seen.map((line) => line.slice(5, 27).trim())).toEqual(STEPS);
  const whole = out
    .join("\n")
    .replaceAll(/\n {28}/g, " ")
    .split("\n");
  expect(whole.filter((line) => /^✓ .*\(\d+ ms\)$/.test(line))).toHaveLength(STEPS.length);
  expect(out.slice(2).filter((line) => line.length > 80)).toEqual([]);
  expect(out.filter((line) => /^[ ▀▄█]+$/.test(line)).length).toBeGreaterThan(15);
  expect(out.at(-1)).toBe("Every step held.");
  expect(code).toBe(0);
  const [data = ""] = await readdir(folder.path);
  expect(await readdir(folder.file(data))).toEqual(
    expect.arrayContaining(["auth.db", "messages.db"]),
  );
});
