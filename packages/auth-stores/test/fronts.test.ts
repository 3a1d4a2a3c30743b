import { existsSync, statSync } from "node:fs";
import {
  type AuthStateHandle,
  type SqliteAuthStateOptions,
  useMemoryAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { expect, test } from "vitest";
import { Program } from "./support/child.ts";
import { getAny, setAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

test.each(await availableSqliteDrivers())(
  "a session survives closing and opening again on %s",
  async (driver) => {
    await using folder = await temporaryFolder();
    const file = folder.file("auth.db");
    const { state, saveCreds, close } = await useSqliteAuthState(file, { driver });
    state.creds.me = { id: "1@s.whatsapp.net" };
    const saved = saveCreds();
    await state.keys.set({ "device-list": { "1": ["0", "3"] } });
    await saved;
    await close();

    expect(statSync(file).mode & 0o777).toBe(0o600);
    await using again = await useSqliteAuthState(file, { driver, create: "never" });
    expect(again.state.creds).toEqual(state.creds);
    expect(await getAny(again, "device-list", "1")).toEqual(["0", "3"]);
  },
);

test("one database holds any number of sessions", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const names = ["a", "b", "c"];
  const handles = await Promise.all(
    names.map((sessionId) => useSqliteAuthState(file, { sessionId })),
  );
  await Promise.all(
    handles.map((handle, index) => setAny(handle, "device-list", "1", [`${index}`])),
  );
  const ids = handles.map(({ state }) => state.creds.advSecretKey);
  await Promise.all(handles.map((handle) => handle.close()));

  expect(new Set(ids).size).toBe(3);
  for (const [index, sessionId] of names.entries()) {
    await using handle = await useSqliteAuthState(file, { sessionId, create: "never" });
    expect(handle.state.creds.advSecretKey).toBe(ids[index]);
    expect(await getAny(handle, "device-list", "1")).toEqual([`${index}`]);
  }
});

test("an open database of the caller is used and stays open", async () => {
  const database = await openSqlite(":memory:");
  const open = (): Promise<AuthStateHandle> => useSqliteAuthState(database);
  const first = await open();
  await expect(open()).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await first.close();
  await using second = await open();

  expect(second.state.creds).toEqual(first.state.creds);
  await second.close();
  database.close();
});

test("memory states have nothing to do with each other", async () => {
  await using first = await useMemoryAuthState();
  await using second = await useMemoryAuthState();
  expect(first.state.creds.advSecretKey).not.toBe(second.state.creds.advSecretKey);
});

test.each<[string, unknown, string]>([
  ["an option that does not exist", { sessionID: "a" }, "USAGE_UNKNOWN_OPTION"],
  ["a lease that is no number", { leaseMs: Number.NaN }, "USAGE_INVALID_OPTION"],
  ["a cache of less than nothing", { cacheBytes: -1 }, "USAGE_INVALID_OPTION"],
  ["another way to create", { create: true }, "USAGE_INVALID_OPTION"],
  ["another durability", { durability: "none" }, "USAGE_INVALID_OPTION"],
  ["a session without a name", { sessionId: "" }, "USAGE_INVALID_OPTION"],
])("%s is refused before anything is created", async (_what, options, code) => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const opened = useSqliteAuthState(file, options as SqliteAuthStateOptions);

  await expect(opened).rejects.toMatchObject({ code });
  expect(existsSync(file)).toBe(false);
});

test("a folder that does not exist is refused and not created", async () => {
  await using folder = await temporaryFolder();
  await expect(useSqliteAuthState(folder.file("missing/auth.db"))).rejects.toMatchObject({
    code: "USAGE_UNREADABLE_PATH",
  });
  expect(existsSync(folder.file("missing"))).toBe(false);
});

test("an open session does not keep a process alive", async () => {
  await using folder = await temporaryFolder();
  await using program = Program.start("leaver", folder.file("auth.db"));
  await program.linesUntil((line) => line === "done");
  await expect(program.linesUntil(() => false)).rejects.toThrow(/ended/);
});
