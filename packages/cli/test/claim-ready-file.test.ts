import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newOwner } from "@motte/auth-stores";
import { hasCode } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimReadyFile } from "../src/claim-ready-file.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-claim-"));
  file = join(folder, "ready.json");
});
afterEach(() => rm(folder, { recursive: true }));

const owner = newOwner(systemRandom);
// No process has this number: it is larger than the largest (proc(5), pid_max).
const gone = owner.replace(/"pid":\d+/, '"pid":4194305');
const ready = (who: string, name: string): string => JSON.stringify({ name, owner: who });

async function claim(name: string): Promise<string> {
  const unfinished = join(folder, name);
  await writeFile(unfinished, ready(owner, name));
  try {
    await claimReadyFile(unfinished, file);
    return name;
  } catch (error) {
    await rm(unfinished);
    if (!hasCode(error, "USAGE_INVALID_OPTION")) throw error;
    return "refused";
  }
}

test.each([
  ["there is none", undefined],
  ["it is empty", ""],
  ["its server was killed", ready(gone, "killed")],
])("of many that claim a file at once when %s, one has it", async (_when, before) => {
  if (before !== undefined) await writeFile(file, before);

  const outcomes = await Promise.all(Array.from({ length: 12 }, (_, at) => claim(`c${at}`)));

  const winners = outcomes.filter((outcome) => outcome !== "refused");
  expect(winners).toHaveLength(1);
  expect(await readFile(file, "utf8")).toBe(ready(owner, winners[0] ?? ""));
  expect(await readdir(folder)).toEqual(["ready.json"]);
});

test.each([
  ["of a server that runs", ready(owner, "running")],
  ["of a server on another machine", ready(gone.replace(/"boot":[^,}]+/, '"boot":"x"'), "far")],
  ["of nobody", '{"url":"ws://127.0.0.1:1"}'],
  ["that is no JSON", "dear diary"],
])("a file %s stays", async (_whose, before) => {
  await writeFile(file, before);

  expect(await claim("late")).toBe("refused");

  expect(await readFile(file, "utf8")).toBe(before);
  expect(await readdir(folder)).toEqual(["ready.json"]);
});

test("a folder that a killed process has left is said to be in the way, and nothing is taken", async () => {
  await mkdir(`${file}.claim`);
  const unfinished = join(folder, "late");
  await writeFile(unfinished, ready(owner, "late"));
  let nowMs = 0;
  const clock = { monotonic: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) };

  await expect(claimReadyFile(unfinished, file, clock)).rejects.toThrow(
    `${file}.claim is there, as while another server starts: if none does, remove that folder`,
  );

  expect(await readdir(folder)).toEqual(["late", "ready.json.claim"]);
});
