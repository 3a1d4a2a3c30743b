import { useSqliteAuthState } from "@motte/auth-stores";
import { seededRandom } from "@motte/core/random";
import { expect, test } from "vitest";
import { Program } from "./support/child.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const ROUNDS = 8;

test.concurrent.each(["one", "two", "three"])(
  "every acknowledged change survives SIGKILL, whole, and the session opens again at once (%s)",
  async (seed) => {
    await using folder = await temporaryFolder();
    const file = folder.file("auth.db");
    const random = seededRandom(seed);
    const acknowledged = new Map<string, number>();
    let start = 1;
    await useSqliteAuthState(file).then((created) => created.close());

    for (let round = 0; round < ROUNDS; round++) {
      const program = Program.start("writer", file, `${start}`);
      const patience = start + Math.floor(random.next() * 60);
      const before = await program.linesUntil((line) => numberOf(line) >= patience);
      for (const line of [...before, ...(await program.kill())]) note(acknowledged, line);

      await using handle = await useSqliteAuthState(file, { create: "never" });
      const { creds, keys } = handle.state;
      const lanes = ["0", "1", "2", "3"];
      const mappings = await keys.get("lid-mapping", lanes);
      const lists = await keys.get("device-list", lanes);
      for (const lane of lanes) {
        const stored = Number(mappings[lane] ?? 0);
        expect(stored).toBeGreaterThanOrEqual(acknowledged.get(`keys ${lane}`) ?? 0);
        expect(Number(lists[lane]?.[0] ?? 0)).toBe(stored);
        start = Math.max(start, stored + 1);
      }
      expect(creds.accountSyncCounter).toBeGreaterThanOrEqual(acknowledged.get("creds") ?? 0);
      expect(creds.noiseKey.private).toHaveLength(32);
      start = Math.max(start, creds.accountSyncCounter + 1);
    }
    expect(acknowledged.size).toBe(5);
  },
  60_000,
);

function numberOf(line: string): number {
  return Number(line.split(" ").at(-1));
}

function note(acknowledged: Map<string, number>, line: string): void {
  const number = numberOf(line);
  if (Number.isNaN(number)) return;
  const what = line.slice(0, line.lastIndexOf(" "));
  acknowledged.set(what, Math.max(acknowledged.get(what) ?? 0, number));
}
