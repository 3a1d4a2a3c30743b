import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AuthBackend,
  type BackendSession,
  useFileAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { planMigration } from "@motte/auth-stores/migration";
import { CleanupStack } from "@motte/core/cleanup";
import { openSqlite } from "@motte/core/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { storeFiles } from "../src/doctor/facts/disk.ts";
import { FileCopies } from "../src/stores/file-copies.ts";
import { inMemory } from "../src/stores/memory-copy.ts";
import { evenIfOpen } from "../src/stores/look.ts";
import { copySteadily } from "../src/stores/steady-copy.ts";

const PEOPLE = 2_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-test-"));
  await mkdir(join(folder, "copy"));
});
afterEach(() => rm(folder, { recursive: true }));

const source = (): string => join(folder, "store");

/** Mappings of people and their reverses, which have to fit together, each with the one that is `turn` places further. */
function mappings(people: number, turn: number): Record<string, string> {
  const pairs = Array.from({ length: people }, (_, at) => [
    String(16_660_000 + at),
    String(98_760_000 + ((at + turn) % people)),
  ]);
  return Object.fromEntries(
    pairs.flatMap(([pn = "", lid = ""]) => [
      [pn, lid],
      [`${lid}_reverse`, pn],
    ]),
  );
}

const write = async (
  open: typeof useSqliteAuthState | typeof useFileAuthState,
  place: string,
  mapping: Record<string, string>,
): Promise<void> => {
  await using auth = await open(place);
  await auth.saveCreds();
  await auth.state.keys.set({ "lid-mapping": mapping });
};

/** How many records there are, and what does not fit together. */
async function looked(backend: AuthBackend) {
  await using nowhere = memoryBackend();
  const [from, to] = [backend, nowhere].map((one) => ({ backend: one, sessionId: "default" }));
  if (from === undefined || to === undefined) throw new Error("two places");
  const { families, findings } = await planMigration({ from, to });
  return { records: families.map(({ records }) => records), findings };
}

interface Interference {
  readonly kind: "sqlite" | "file";
  readonly place: string;
  /** In how many rounds of copying, once the first files are copied. */
  readonly rounds: number;
  readonly happens: (round: number) => Promise<void>;
}

/** Copies a store, while something happens to it in the middle of each of the first rounds. */
async function copied({ kind, place, rounds, happens }: Interference): Promise<string> {
  const [into, copy] = [join(folder, "copy"), join(folder, "copy", "store")];
  const copies = new FileCopies(folder, into);
  let round = 0;
  const update = async (paths: readonly string[]): Promise<boolean> => {
    round += 1;
    if (round > rounds) return copies.update(paths);
    const half = Math.ceil(paths.length / 2);
    await copies.update(paths.slice(0, half));
    await happens(round);
    // With a memory of its own, as the first would bring what it has copied up to date.
    await new FileCopies(folder, into).update(paths.slice(half));
    return true;
  };
  const files = () => storeFiles({ kind, place, sessionId: undefined, text: place });
  await copySteadily({ place, copy, files, copies: { update } });
  return copy;
}

describe("a folder", () => {
  test("that is written to and closed while it is copied is copied once more", async () => {
    await write(useFileAuthState, source(), mappings(50, 0));

    const copy = await copied({
      kind: "file",
      place: source(),
      rounds: 2,
      happens: (round) => write(useFileAuthState, source(), mappings(50, round)),
    });

    await using backend = await fileBackend(copy);
    expect(await looked(backend)).toEqual({ records: [100], findings: [] });
  });

  test("that is open is copied with the commits that are not in its files yet", async () => {
    await write(useFileAuthState, source(), mappings(50, 0));
    await using bot = await useFileAuthState(source());

    const copy = await copied({
      kind: "file",
      place: source(),
      rounds: 1,
      happens: async () => {
        await bot.state.keys.set({ "lid-mapping": mappings(50, 1) });
      },
    });

    await using backend = await fileBackend(copy);
    expect(await looked(evenIfOpen(backend))).toEqual({ records: [100], findings: [] });
  });

  test("that never stands still is in use", async () => {
    await write(useFileAuthState, source(), mappings(5, 0));

    const copying = copied({
      kind: "file",
      place: source(),
      rounds: Infinity,
      happens: (round) => write(useFileAuthState, source(), mappings(5, round)),
    });

    await expect(copying).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  });
});

describe("a database", () => {
  test.each([1, Infinity])(
    "that changes in %s rounds of copying is copied as it was at one moment",
    async (rounds) => {
      await write(useSqliteAuthState, source(), mappings(PEOPLE, 0));
      await using bot = await useSqliteAuthState(source());
      await bot.state.keys.set({ "lid-mapping": mappings(PEOPLE, 1) });
      const emptied = await openSqlite(source());

      const copy = await copied({
        kind: "sqlite",
        place: source(),
        rounds,
        happens: async () => {
          // The log is brought in after the database was copied, and then has something else in it.
          emptied.exec("PRAGMA wal_checkpoint(TRUNCATE)");
          await bot.state.keys.set({ "device-list": { 15550002222: ["0"] } });
        },
      });
      emptied.close();

      await using backend = await sqliteBackend(copy);
      expect(await looked(evenIfOpen(backend))).toEqual({ records: [1, 2 * PEOPLE], findings: [] });
      expect(await backend.integrityCheck()).toEqual([]);
    },
  );
});

/** A session that is read record by record, with something that happens after half of them, as a server is. */
function readInPieces(session: BackendSession, happens: () => Promise<void>): BackendSession {
  async function* scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    const ids: string[] = [];
    for await (const id of session.ids(type)) ids.push(id);
    for (const [at, id] of ids.entries()) {
      if (at === ids.length / 2) await happens();
      const [value = null] = await session.read(type, [id]);
      if (value !== null) yield [id, value];
    }
  }
  return {
    fence: session.fence,
    readCreds: () => session.readCreds(),
    readCredsHistory: () => session.readCredsHistory(),
    readMeta: () => session.readMeta(),
    read: (type, ids) => session.read(type, ids),
    commit: () => Promise.reject(new Error("only read")),
    types: () => session.types(),
    ids: (type) => session.ids(type),
    scan,
    renew: () => session.renew(),
    release: async () => {},
  };
}

describe("a session of a server", () => {
  const opening = { owner: "a bot", leaseMs: 60_000, create: true, isKnownDead: () => false };

  async function readBeside(rounds: number) {
    await using server = memoryBackend();
    const bot = await server.open("default", opening);
    let turn = 0;
    const commit = (): Promise<void> =>
      bot.commit({
        batchId: String(turn),
        creds: Buffer.from("{}"),
        ops: Object.entries(mappings(50, turn)).map(([id, lid]) => ({
          op: "put",
          type: "lid-mapping",
          id,
          value: Buffer.from(lid),
        })),
      });
    await commit();
    await using cleanup = new CleanupStack();
    const changing = async (): Promise<void> => {
      if (turn === rounds) return;
      turn += 1;
      await commit();
    };
    const asked: AuthBackend = { ...server, open: async () => readInPieces(bot, changing) };
    const session = await inMemory(asked, cleanup).open("default", opening);
    const read: [string, string][] = [];
    for await (const [id, value] of session.scan("lid-mapping")) {
      read.push([id, Buffer.from(value).toString()]);
    }
    return Object.fromEntries(read);
  }

  test.each([0, 1, 3])(
    "that changes in %s rounds of reading is read as it then stands",
    async (rounds) => {
      expect(await readBeside(rounds)).toEqual(mappings(50, rounds));
    },
  );

  test("that never stands still is in use", async () => {
    await expect(readBeside(Infinity)).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  });
});
