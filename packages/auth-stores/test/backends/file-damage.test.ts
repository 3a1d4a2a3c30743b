import { readFileSync, readdirSync, rmSync, mkdirSync, writeFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { type BackendSession, type WriteBatch, useFileAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { ManualClock } from "@motte/core/manual-clock";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { putOp } from "../support/backend-calls.ts";
import { getAny, setAny } from "../support/keys.ts";
import { unsyncedIo } from "../support/recorded-files.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

// Every example opens a folder anew.

const CORRUPT = { code: "AUTH_STORE_CORRUPT" };
const opening = { create: true, owner: "test", leaseMs: 60_000, isKnownDead: () => true };

interface Opening {
  readonly recover?: boolean;
  readonly durability?: "commit" | "process";
}

async function open(folder: string, options: Opening = {}): Promise<BackendSession> {
  const { durability = "commit", recover } = options;
  const backend = await fileBackend(folder, {
    io: unsyncedIo,
    clock: new ManualClock(),
    durability,
  });
  return backend.open("a", { ...opening, recover: recover ?? false });
}

const textOf = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString();

/** The number of the last commit that wrote it: a record of each commit's own, one of all, a ratchet, creds. */
async function stateOf(session: BackendSession): Promise<(string | null)[]> {
  const own = await session.read("own", ["0", "1", "2", "3", "4"]);
  const [all = null] = await session.read("all", ["1"]);
  const [ratchet = null] = await session.read("session", ["1.0"]);
  return [...own, all, ratchet, await session.readCreds()].map(textOf);
}

function batch(
  number: number,
  what: { readonly creds?: boolean; readonly ratchet?: boolean },
): WriteBatch {
  const { creds = false, ratchet = false } = what;
  const session = Buffer.from(`\u0003{"_sessions":{},"version":"${number}"}`);
  return {
    batchId: `${number}`,
    ...(creds ? { creds: Buffer.from(`\u0004{"number":${number}}`) } : {}),
    ops: [
      putOp("own", `${number}`, `${number}`),
      putOp("all", "1", `${number}`),
      ...(ratchet ? [{ op: "put" as const, type: "session", id: "1.0", value: session }] : []),
    ],
  };
}

interface Left {
  readonly folder: string;
  /** The only journal, and where its records begin and end. */
  readonly journal: string;
  readonly content: Buffer;
  readonly bounds: readonly number[];
  readonly states: readonly (string | null)[][];
}

/** What an owner leaves that vanishes after these commits. */
async function leftBy(
  folder: string,
  batches: readonly WriteBatch[],
  durability: "commit" | "process" = "commit",
): Promise<Left> {
  mkdirSync(folder);
  const session = await open(folder, { durability });
  const states = [await stateOf(session)];
  const bounds = [0];
  const journals = join(folder, ".auth-store/journal");
  let journal = "";
  for (const one of batches) {
    await session.commit(one);
    states.push(await stateOf(session));
    journal = join(journals, readdirSync(journals)[0] ?? "");
    bounds.push(readFileSync(journal).length);
  }
  return { folder, journal, content: readFileSync(journal), bounds, states };
}

/** A copy of it with this journal. */
function copyOf(left: Left, temporary: TemporaryFolder, content: Buffer): string {
  const copy = temporary.file("copy");
  rmSync(copy, { recursive: true, force: true });
  cpSync(left.folder, copy, { recursive: true });
  writeFileSync(left.journal.replace(left.folder, copy), content);
  return copy;
}

function flipped(content: Buffer, at: number, bits: number): Buffer {
  const damaged = Buffer.from(content);
  damaged[at] = (damaged[at] ?? 0) ^ bits;
  return damaged;
}

const quarantined = (folder: string): string[] =>
  readdirSync(join(folder, ".auth-store/quarantine")).toSorted();

const commits = [
  batch(0, { creds: true, ratchet: true }),
  batch(1, { ratchet: true }),
  batch(2, {}),
  batch(3, { creds: true }),
];

test("a byte that flips in any commit but the last is told, and everything is left as it was", async () => {
  await using temporary = await temporaryFolder();
  const left = await leftBy(temporary.file("left"), commits);
  const inside = fc
    .integer({ min: 0, max: commits.length - 2 })
    .chain((index) =>
      fc.integer({ min: left.bounds[index] ?? 0, max: (left.bounds[index + 1] ?? 0) - 1 }),
    );
  await fc.assert(
    fc.asyncProperty(inside, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const damaged = flipped(left.content, at, bits);
      const copy = copyOf(left, temporary, damaged);
      for (let attempt = 0; attempt < 2; attempt++) {
        const refused = await open(copy).catch((error: unknown) => error);
        expect(refused).toMatchObject({ ...CORRUPT, sessionId: "a" });
        expect(String(refused)).toContain("recoverCreds: true");
      }
      expect(readFileSync(left.journal.replace(left.folder, copy))).toEqual(damaged);
      expect(quarantined(copy)).toEqual([]);
      expect(readdirSync(copy)).toEqual([".auth-store"]);
    }),
    { numRuns: 40 },
  );
});

test("going on from a damaged journal takes every readable commit, no old ratchet, and keeps the journal", async () => {
  await using temporary = await temporaryFolder();
  const left = await leftBy(temporary.file("left"), commits);
  const session1 = '\u0003{"_sessions":{},"version":"1"}';
  const creds3 = '\u0004{"number":3}';
  const recovered = [
    [null, "1", "2", "3", null, "3", session1, creds3],
    // What the second commit had made of the ratchet is not known, so the first is of no use.
    ["0", null, "2", "3", null, "3", null, creds3],
    ["0", "1", null, "3", null, "3", null, creds3],
  ];
  for (const [index, expected] of recovered.entries()) {
    const middle = Math.floor(((left.bounds[index] ?? 0) + (left.bounds[index + 1] ?? 0)) / 2);
    const damaged = flipped(left.content, middle, 1);
    const copy = copyOf(left, temporary, damaged);
    const session = await open(copy, { recover: true });
    expect(await stateOf(session)).toEqual(expected);
    const kept = quarantined(copy);
    const journal = kept.find((name) => name.startsWith("journal-")) ?? "none";
    expect(readFileSync(join(copy, ".auth-store/quarantine", journal))).toEqual(damaged);
    await session.release();
    expect(await stateOf(await open(copy))).toEqual(expected);
    const aside = quarantined(copy).filter((name) => name.endsWith("lost-session-1.0.json"));
    expect(aside).toHaveLength(index === 0 ? 0 : 1);
  }
});

test("a byte that flips in the last commit is a torn one: it is set aside, and those before it count", async () => {
  await using temporary = await temporaryFolder();
  const left = await leftBy(temporary.file("left"), commits);
  const start = left.bounds.at(-2) ?? 0;
  for (let at = start; at < left.content.length; at += 7) {
    const damaged = flipped(left.content, at, 4);
    const copy = copyOf(left, temporary, damaged);
    const session = await open(copy);
    expect(await stateOf(session)).toEqual(left.states.at(-2));
    const [kept = ""] = quarantined(copy);
    expect(readFileSync(join(copy, ".auth-store/quarantine", kept))).toEqual(
      damaged.subarray(start),
    );
  }
});

test('with "process" a power cut may take commits before the last, back to the last that was flushed', async () => {
  await using temporary = await temporaryFolder();
  const [first, second, third, fourth] = commits;
  if (!first || !second || !third || !fourth) throw new Error("there are four commits");
  const left = await leftBy(temporary.file("left"), [first, second, third], "process");
  const { bounds, content } = left;
  const holed = Buffer.from(content).fill(0, bounds[1], bounds[2]);
  const cut = await open(copyOf(left, temporary, holed), { durability: "process" });
  expect(await stateOf(cut)).toEqual(left.states[1]);

  // Creds are flushed, and everything before them with them, so after the next commit it is no power cut.
  const flushed = await leftBy(
    temporary.file("flushed"),
    [first, second, fourth, third],
    "process",
  );
  const damaged = Buffer.from(flushed.content).fill(0, flushed.bounds[1], flushed.bounds[2]);
  const copy = copyOf(flushed, temporary, damaged);
  await expect(open(copy, { durability: "process" })).rejects.toMatchObject(CORRUPT);
});

test("a whole journal that is lost in part before the next one is told, too", async () => {
  await using temporary = await temporaryFolder();
  const left = await leftBy(temporary.file("left"), commits);
  const copy = copyOf(left, temporary, left.content.subarray(0, (left.bounds[2] ?? 0) - 5));
  const next = left.journal.replace(left.folder, copy).replace(/0$/, "1");
  writeFileSync(next, left.content.subarray(0, left.bounds[1]));
  await expect(open(copy)).rejects.toMatchObject(CORRUPT);
  // Another owner's journal says nothing about it.
  rmSync(next);
  writeFileSync(
    next.replace(/\d+-\d+$/, "0000000009-0000000000"),
    left.content.subarray(0, left.bounds[1]),
  );
  await open(copy);
});

test("an account goes on from a damaged journal when its owner says so, with the same identity", async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.file("auth");
  const clock = new ManualClock();
  const lost = await useFileAuthState(folder, { clock });
  const { noiseKey } = lost.state.creds;
  await setAny(lost, "session", "1.0", { _sessions: {}, version: "v1" });
  await setAny(lost, "lid-mapping", "1", "2");
  await setAny(lost, "lid-mapping", "3", "4");
  const journals = join(folder, ".auth-store/journal");
  const journal = join(journals, readdirSync(journals).at(-1) ?? "");
  const content = readFileSync(journal);
  const copy = temporary.file("copy");
  cpSync(folder, copy, { recursive: true });
  const at = content.indexOf("lid-mapping-1.json");
  writeFileSync(journal.replace(folder, copy), flipped(content, at, 1));
  await lost.close();
  // In the copy, this process would still be the owner.
  rmSync(join(copy, ".auth-store/lock"), { recursive: true });

  await expect(useFileAuthState(copy)).rejects.toMatchObject(CORRUPT);
  await using handle = await useFileAuthState(copy, { recoverCreds: true });
  expect(handle.state.creds.noiseKey).toEqual(noiseKey);
  expect(await getAny(handle, "session", "1.0")).toBeNull();
  expect(await getAny(handle, "lid-mapping", "3")).toBe("4");
});
