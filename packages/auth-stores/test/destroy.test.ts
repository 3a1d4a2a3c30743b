import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthStoreError,
  type AuthStateHandle,
  openAuthState,
  useFileAuthState,
  useMemoryAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { openSqlite } from "@motte/core/sqlite";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { getAny, setAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { watched } from "./support/watched-backend.ts";

/** Writes creds twice and a record, so that there is something of every kind. */
async function fill(handle: AuthStateHandle, text: string): Promise<void> {
  handle.state.creds.me = { id: "1@s.whatsapp.net", name: text };
  await handle.saveCreds();
  await setAny(handle, "device-list", "1", [text]);
}

test("a destroyed login is gone for good, and nothing else of the database is touched", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const other = await useSqliteAuthState(file, { sessionId: "other" });
  await fill(other, "kept");
  const database = await openSqlite(file);
  const rows = (table: string): unknown[] =>
    database.prepare(`SELECT * FROM ${table} WHERE sid = 1`).all();
  const tables = ["session", "kv", "creds_history", "meta", "quarantine"];
  const before = tables.map(rows);
  const handle = await useSqliteAuthState(file, { sessionId: "gone" });
  await fill(handle, "secret");
  const late = setAny(handle, "device-list", "2", ["late"]);
  await Promise.all([late, handle.destroy()]);

  expect(tables.map(rows)).toEqual(before);
  for (const table of tables) {
    expect(database.prepare(`SELECT count(*) AS n FROM ${table} WHERE sid <> 1`).get()).toEqual({
      n: 0,
    });
  }
  database.close();
  await expect(
    useSqliteAuthState(file, { sessionId: "gone", create: "never" }),
  ).rejects.toMatchObject({ code: "AUTH_STORE_NOT_FOUND" });
  await setAny(other, "device-list", "3", ["still"]);
  expect(await getAny(other, "device-list", "1")).toEqual(["kept"]);
  await other.close();
  await handle.close();
});

test("a destroyed folder of files holds no login any more, and its neighbours are as they were", async () => {
  await using folder = await temporaryFolder();
  const neighbour = await useFileAuthState(folder.file("neighbour"));
  await fill(neighbour, "kept");
  await neighbour.close();
  const handle = await useFileAuthState(folder.file("gone"));
  await fill(handle, "a very private name");
  await handle.destroy();

  const left = await readdir(folder.path, { recursive: true, withFileTypes: true });
  for (const entry of left.filter((found) => found.isFile())) {
    const name = join(entry.parentPath, entry.name);
    expect((await readFile(name)).toString("latin1")).not.toContain("a very private name");
  }
  await expect(useFileAuthState(folder.file("gone"), { create: "never" })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
  await using again = await useFileAuthState(folder.file("neighbour"), { create: "never" });
  expect(await getAny(again, "device-list", "1")).toEqual(["kept"]);
});

test("a destroyed state refuses everything, and its place can hold a new login", async () => {
  const place = new MemoryPlace();
  const handle = await useMemoryAuthState({ place });
  await handle.destroy();
  expect([...place.sessions.keys()]).toEqual([]);
  const closed = { code: "AUTH_STORE_CLOSED" };
  await expect(setAny(handle, "device-list", "1", ["0"])).rejects.toMatchObject(closed);
  await expect(handle.destroy()).rejects.toMatchObject(closed);

  await using next = await useMemoryAuthState({ place });
  expect(next.state.creds.advSecretKey).not.toBe(handle.state.creds.advSecretKey);
});

test("a handle that was closed destroys nothing", async () => {
  const place = new MemoryPlace();
  const handle = await useMemoryAuthState({ place });
  await handle.close();
  await expect(handle.destroy()).rejects.toMatchObject({ code: "AUTH_STORE_CLOSED" });
  await (await useMemoryAuthState({ place, create: "never" })).close();
});

test.each([
  ["still has it", false],
  ["has closed it again", true],
])("a login that has a new owner, who %s, is not destroyed by the former one", async (_w, gone) => {
  const place = new MemoryPlace();
  const handle = await useMemoryAuthState({ place });
  await fill(handle, "mine");
  const session = await memoryBackend({ place }).open("default", {
    create: false,
    owner: "new owner",
    leaseMs: 60_000,
    isKnownDead: () => true,
  });
  if (gone) await session.release();

  await expect(handle.destroy()).rejects.toMatchObject({ code: "AUTH_STORE_FENCED" });
  expect([...place.sessions.keys()]).toEqual(["default"]);
  expect(place.sessions.get("default")?.content.creds).not.toBeNull();
  await handle.close();
});

test("a login that could not be removed can be destroyed again", async () => {
  const place = new MemoryPlace();
  const clock = new ManualClock();
  const inner = memoryBackend({ place, clock });
  let away = true;
  const backend = {
    ...watched(inner, {}),
    delete: async (...args: Parameters<typeof inner.delete>) => {
      if (away) throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "away");
      await inner.delete(...args);
    },
  };
  const handle = await openAuthState({ backend, sessionId: "a", create: "if-missing", clock });
  await expect(handle.destroy()).rejects.toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
  expect([...place.sessions.keys()]).toEqual(["a"]);
  away = false;
  await handle.destroy();

  expect([...place.sessions.keys()]).toEqual([]);
  const next = await openAuthState({ backend, sessionId: "a", create: "if-missing", clock });
  expect(next.state.creds.advSecretKey).not.toBe(handle.state.creds.advSecretKey);
  await next.close();
});

const takeover = { create: false, owner: "new", leaseMs: 60_000, isKnownDead: () => true };

test("an owner who comes at the last moment keeps the login", async () => {
  const place = new MemoryPlace();
  const inner = memoryBackend({ place });
  const backend = {
    ...watched(inner, {}),
    delete: async (...args: Parameters<typeof inner.delete>) => {
      await inner.open("a", takeover);
      await inner.delete(...args);
    },
  };
  const handle = await openAuthState({ backend, sessionId: "a", create: "if-missing" });

  await expect(handle.destroy()).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  expect([...place.sessions.keys()]).toEqual(["a"]);
  await handle.close();
});
