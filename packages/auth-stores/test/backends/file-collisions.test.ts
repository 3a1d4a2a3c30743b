import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { useFileAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import type { FileIo } from "../../src/backends/file/io.ts";
import { openSession, putOp } from "../support/backend-calls.ts";
import { getAny, setAny } from "../support/keys.ts";
import { unsyncedIo } from "../support/recorded-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("of two that open a folder at one moment, the slower one is told of the other", async () => {
  await using folder = await temporaryFolder();
  const io: FileIo = {
    ...unsyncedIo,
    claim: (from, to) => {
      unsyncedIo.createFolder(to);
      const state = JSON.stringify({ owner: "faster", untilMs: 1000 });
      unsyncedIo.write(join(to, "owner.json"), Buffer.from(state));
      unsyncedIo.removeTree(from);
      return unsyncedIo.claim(from, to);
    },
  };
  await using backend = await fileBackend(folder.path, { io, clock: new ManualClock() });
  await expect(openSession(backend)).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
});

test("a former owner that wakes up writes into no file of the next one's", async () => {
  await using folder = await temporaryFolder();
  const written: string[] = [];
  const io: FileIo = {
    ...unsyncedIo,
    writeDurably: (file, content) => {
      written.push(file);
      return unsyncedIo.writeDurably(file, content);
    },
  };
  await using backend = await fileBackend(folder.path, { io, clock: new ManualClock() });
  for (const owner of ["former", "next"]) {
    const session = await backend.open("a", {
      create: true,
      owner,
      leaseMs: 60_000,
      isKnownDead: () => true,
    });
    await session.commit({ batchId: owner, ops: [putOp("t", "1", owner)] });
    await session.release();
  }
  expect(new Set(written).size).toBe(written.length);
});

test("a damaged record with a name too long for a file keeps nobody out, and reads as absent", async () => {
  await using folder = await temporaryFolder();
  const [long, other] = ["x".repeat(300), "y".repeat(300)];
  const first = await useFileAuthState(folder.path);
  await setAny(first, "device-list", long, ["0"]);
  await setAny(first, "device-list", other, ["1"]);
  await first.close();
  const records = folder.file(".auth-store/records");
  for (const name of readdirSync(records)) {
    if (readFileSync(join(records, name), "utf8").includes(long)) {
      writeFileSync(join(records, name), "");
    }
  }

  const handle = await useFileAuthState(folder.path);
  const corrupt: string[] = [];
  handle.onCorrupt(({ id }) => corrupt.push(id));
  expect(await getAny(handle, "device-list", other)).toEqual(["1"]);
  expect(await getAny(handle, "device-list", long)).toBeNull();
  expect(corrupt).toEqual([long]);
  await handle.close();
  expect(readdirSync(folder.file(".auth-store/quarantine"))).toHaveLength(1);
});

test("of several journals none is removed before the older ones are gone from the disk", async () => {
  await using folder = await temporaryFolder();
  const steps: string[] = [];
  let isFull = false;
  const io: FileIo = {
    ...unsyncedIo,
    writeDurably: async (file, content) => {
      if (isFull) throw Object.assign(new Error("ENOSPC: by the test"), { code: "ENOSPC" });
      return unsyncedIo.writeDurably(file, content);
    },
    remove: (file) => {
      if (basename(dirname(file)) === "journal") steps.push("remove");
      unsyncedIo.remove(file);
    },
    syncFolder: async (path) => {
      if (basename(path) === "journal") steps.push("sync");
    },
  };
  const clock = new ManualClock();
  await using backend = await fileBackend(folder.path, { io, clock });
  const session = await openSession(backend);
  isFull = true;
  for (const batchId of ["1", "2"]) {
    await session.commit({ batchId, ops: [putOp("t", "1", batchId)] });
    // Ends the journal, and cannot bring the files up to date.
    await clock.advance(1000);
  }
  isFull = false;
  steps.length = 0;
  await session.release();

  expect(steps).toEqual(["remove", "sync", "remove", "sync"]);
});
