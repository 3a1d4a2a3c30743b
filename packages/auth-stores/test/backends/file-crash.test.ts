import { rmSync, mkdirSync } from "node:fs";
import type { AuthBackend, BackendSession, WriteBatch } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { putOp } from "../support/backend-calls.ts";
import { type Loss, RecordedFiles, fillFolder, unsyncedIo } from "../support/recorded-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const LOSSES: readonly Loss[] = ["nothing", "unsynced contents", "unsynced contents and names"];

function plain(value: unknown): Buffer {
  return Buffer.from(`\u0004${JSON.stringify(value)}`);
}

function putSession(text: string): WriteBatch["ops"][number] {
  const value = Buffer.from(`\u0003{"_sessions":{},"version":"${text}"}`);
  return { op: "put", type: "session", id: "1.0", value };
}

/** Batches that touch files of every kind: Baileys', ours, creds with their generations, meta. */
const BATCHES: readonly WriteBatch[] = [
  {
    batchId: "1",
    creds: plain({ revision: 1 }),
    ops: [putSession("one"), putOp("odd", "a/b", "one"), putOp("other", "1", "kept")],
    meta: new Map([["m", Buffer.from("one")]]),
  },
  {
    batchId: "2",
    creds: plain({ revision: 2 }),
    ops: [
      putSession("two"),
      putOp("odd", "a/b", "two"),
      { op: "put", type: "tctoken", id: "1@lid", value: plain({ token: "a" }) },
    ],
    meta: new Map([["m", Buffer.from("two")]]),
  },
  {
    batchId: "3",
    creds: plain({ revision: 3 }),
    ops: [
      putSession("three"),
      { op: "del", type: "odd", id: "a/b" },
      { ...putOp("other", "1", "kept"), op: "quarantine", reason: "test" },
    ],
    meta: new Map([["m", null]]),
  },
  { batchId: "4", clear: "keys", ops: [putSession("four")] },
];

const isKnownDead = (): boolean => true;

function open(backend: AuthBackend): Promise<BackendSession> {
  return backend.open("a", { create: true, owner: "test", leaseMs: 60_000, isKnownDead });
}

function textOf(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString();
}

async function stateOf(session: BackendSession): Promise<string> {
  const records: string[] = [];
  for (const type of await session.types()) {
    for await (const [id, value] of session.scan(type))
      records.push(`${type} ${id} ${textOf(value)}`);
  }
  return JSON.stringify([
    textOf(await session.readCreds()),
    (await session.readCredsHistory()).map(({ creds }) => textOf(creds)),
    [...(await session.readMeta())].map(([name, value]) => [name, textOf(value)]),
    records.toSorted(),
  ]);
}

interface Recording {
  readonly files: RecordedFiles;
  /** The state after each commit; the first is that of an empty folder. */
  readonly states: string[];
  /** How many steps had been taken when a commit was acknowledged. */
  readonly acknowledged: number[];
}

/** Commits everything, with two owners that vanish without closing. */
async function record(root: string, durability: "commit" | "process"): Promise<Recording> {
  const files = new RecordedFiles(root);
  const clock = new ManualClock();
  const backend = await fileBackend(root, { io: files.io, clock, durability });
  const states: string[] = [];
  const acknowledged: number[] = [];
  let owner = await open(backend);
  states.push(await stateOf(owner));
  for (const [index, batch] of BATCHES.entries()) {
    await owner.commit(batch);
    acknowledged.push(files.steps.length);
    states.push(await stateOf(owner));
    // Replays what the owner before has left in the journal.
    if (index % 2 === 1) owner = await open(backend);
  }
  await owner.release();
  return { files, states, acknowledged };
}

/** The state that an owner finds in a folder with these files. */
async function stateIn(folder: string, files: ReturnType<RecordedFiles["left"]>): Promise<string> {
  mkdirSync(folder);
  fillFolder(folder, files);
  await using backend = await fileBackend(folder, { io: unsyncedIo, clock: new ManualClock() });
  const owner = await open(backend);
  const state = await stateOf(owner);
  await owner.release();
  rmSync(folder, { recursive: true });
  return state;
}

test.each(["commit", "process"] as const)(
  'whatever step a crash interrupts, the state is the one before a commit or after it ("%s")',
  async (durability) => {
    await using folder = await temporaryFolder();
    const root = folder.file("recorded");
    mkdirSync(root);
    const { files, states, acknowledged } = await record(root, durability);
    expect(new Set(states).size).toBe(BATCHES.length + 1);
    const found = new Map<string, number>();
    const wrong: string[] = [];

    for (let count = 0; count <= files.steps.length; count++) {
      for (const loss of LOSSES) {
        const left = files.left(count, loss);
        const known = JSON.stringify(left);
        const state = found.get(known) ?? states.indexOf(await stateIn(folder.file("copy"), left));
        found.set(known, state);

        const promised = acknowledged.filter((steps) => steps <= count).length;
        const survives = durability === "commit" || loss === "nothing";
        const isWhole = state >= (survives ? promised : 0) && state <= promised + 1;
        if (!isWhole) wrong.push(`${loss} lost after step ${count}: state ${state}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(new Set(found.values()).size).toBe(states.length);
  },
);
