import { type AuthStateHandle, useFileAuthState } from "@motte/auth-stores";
import { seededRandom } from "@motte/core/random";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { Program } from "../support/child.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROUNDS = 7;
const LANES = ["0", "1", "2", "3"];

test.concurrent.each(["one", "two", "three"])(
  "every acknowledged change survives SIGKILL, whole, and the folder opens again at once (%s)",
  async (seed) => {
    await using place = await temporaryFolder();
    const folder = place.file("auth");
    const random = seededRandom(seed);
    const acknowledged = new Map<string, number>();
    let start = 1;
    await useFileAuthState(folder).then((created) => created.close());

    for (let round = 0; round < ROUNDS; round++) {
      const program = Program.start("writer", "file", place.path, `${start}`);
      const patience = start + Math.floor(random.next() * 80);
      const before = await program.linesUntil((line) => numberOf(line) >= patience);
      for (const line of [...before, ...(await program.kill())]) note(acknowledged, line);

      {
        await using handle = await useFileAuthState(folder, { create: "never" });
        start = await check(handle, acknowledged, start);
      }
      // Closing has brought the files up to date, for Baileys as well.
      const { state } = await useMultiFileAuthState(folder);
      start = await check({ state }, acknowledged, start);
    }
    expect(acknowledged.size).toBe(5);
  },
);

async function check(
  { state }: { readonly state: Pick<AuthStateHandle["state"], "creds" | "keys"> },
  acknowledged: ReadonlyMap<string, number>,
  start: number,
): Promise<number> {
  const { creds, keys } = state;
  const mappings = await keys.get("lid-mapping", LANES);
  const lists = await keys.get("device-list", LANES);
  let next = start;
  for (const lane of LANES) {
    const stored = Number(mappings[lane] ?? 0);
    expect(stored).toBeGreaterThanOrEqual(acknowledged.get(`keys ${lane}`) ?? 0);
    expect(Number(lists[lane]?.[0] ?? 0)).toBe(stored);
    next = Math.max(next, stored + 1);
  }
  expect(creds.accountSyncCounter).toBeGreaterThanOrEqual(acknowledged.get("creds") ?? 0);
  expect(creds.noiseKey.private).toHaveLength(32);
  return Math.max(next, creds.accountSyncCounter + 1);
}

function numberOf(line: string): number {
  return Number(line.split(" ").at(-1));
}

function note(acknowledged: Map<string, number>, line: string): void {
  const number = numberOf(line);
  if (Number.isNaN(number)) return;
  const what = line.slice(0, line.lastIndexOf(" "));
  acknowledged.set(what, Math.max(acknowledged.get(what) ?? 0, number));
}
