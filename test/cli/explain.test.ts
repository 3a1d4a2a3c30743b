import { expect, test } from "vitest";
import { runMotte } from "../support/run-motte.ts";

test("motte explain says what a number can mean", async () => {
  const { code, out, error } = await runMotte(["explain", "440"]);

  await expect(`${out.join("\n")}\n`).toMatchFileSnapshot("golden/explain-440.txt");
  expect(error).toEqual([]);
  expect(code).toBe(0);
});

test("motte explain --json is one document", async () => {
  const { code, out } = await runMotte(["explain", "device-removed", "--json"]);

  expect(out).toHaveLength(1);
  expect(JSON.parse(out.join(""))).toMatchObject({
    causes: [{ cause: "device-removed", codes: [401, 516, 440], credentials: "revoked" }],
  });
  expect(code).toBe(0);
});

test("motte simulate shows a timeline, and compares policies", async () => {
  const script = "open; +5m close 503; 2x close unreachable; open";
  const args = ["simulate", script, "--policy", "default", "--policy", "milady"];
  const { code, out, error } = await runMotte(args);

  await expect(`${out.join("\n")}\n`).toMatchFileSnapshot("golden/simulate.txt");
  expect(error).toEqual([]);
  expect(code).toBe(0);
});

test("motte simulate --json is one line for each policy", async () => {
  const { out } = await runMotte(["simulate", "close 515", "--policy", "all", "--json"]);

  const documents = out.map((line) => JSON.parse(line) as { policy: string; connects: number });
  expect(documents.length).toBeGreaterThan(5);
  expect(documents[0]).toMatchObject({ policy: "default", connects: 1 });
});

test.each([
  [["explain"], /needs <what>/],
  [["explain", "a", "b"], /what to do with "b"/],
  [["simulate", "clsoe 515"], /neither a file nor a step/],
  [["simulate", "open", "--policy", "nobody"], /no policy "nobody"/],
])("%j is a usage error", async (args, words) => {
  const { code, out, error } = await runMotte(args);
  expect(error).toEqual([expect.stringMatching(words)]);
  expect(out).toEqual([]);
  expect(code).toBe(2);
});
