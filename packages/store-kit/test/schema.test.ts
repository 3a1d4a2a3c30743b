import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all } from "./support/message-places.ts";
import { GROUP, LID, PN, editOf, message, ownKey, textOf, theirKey } from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

/** What an earlier release wrote, by the version of the database. */
const fixture = (version: number): Promise<string> =>
  readFile(new URL(`fixtures/schema-${version}.sql`, import.meta.url), "utf8");

const spaceless = (schema: unknown): string => JSON.stringify(schema).replaceAll(/(\\n|\s)+/g, " ");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-schema-"));
});
afterAll(() => rm(folder, { recursive: true }));

const text = (id: string): ReturnType<typeof message> => message(ownKey(id), `the text ${id}`);

const schemaOf = (database: SqliteDatabase): unknown =>
  database
    .prepare("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    .all()
    .map((row) => ({ ...row }));

describe.each(await availableSqliteDrivers())("with %s", (driver) => {
  const open = (name: string): Promise<SqliteDatabase> =>
    openSqlite(join(folder, `${driver.replace(":", "-")}-${name}`), { driver });

  test("a database of the first schema is upgraded where it is, and nothing in it is lost", async () => {
    const database = await open("first.db");
    database.exec(await fixture(1));
    await using opened = await openStore({ database });
    const { getMessage } = opened.store;

    expect(textOf(await getMessage(ownKey("TEXT", PN)))).toBe("the bus leaves at nine");
    expect(textOf(await getMessage(ownKey("TEXT", LID)))).toBe("the bus leaves at nine");
    expect(textOf(await getMessage(ownKey("EDITED", GROUP)))).toBe("second");
    expect(await getMessage(ownKey("REVOKED", PN))).toBeUndefined();
    expect(await getMessage(ownKey("OLDCHAT", "5522@s.whatsapp.net"))).toBeUndefined();
    const secretOf = async (key: Parameters<typeof getMessage>[0]): Promise<unknown> =>
      (await getMessage(key))?.messageContextInfo?.messageSecret?.[0];
    expect(await secretOf(ownKey("POLL", GROUP))).toBe(7);
    expect(await secretOf(theirKey("THEIRS", GROUP, LID))).toBe(9);
    expect(opened.errors).toEqual([]);
    database.close();
  });

  test("an upgraded database and a new one have the same tables", async () => {
    const old = await open("old.db");
    old.exec(await fixture(1));
    const fresh = await open("fresh.db");
    await (await openStore({ database: old })).store.close();
    await (await openStore({ database: fresh })).store.close();

    expect(spaceless(schemaOf(old))).toBe(spaceless(schemaOf(fresh)));
    old.close();
    fresh.close();
  });

  test("the messages of an account and their bytes are counted whoever writes them, a process of an older release too", async () => {
    const database = await open("counted.db");
    database.exec(await fixture(1));
    await using opened = await openStore({ database, keep: all });
    const kept = database.prepare("SELECT messages, bytes FROM account WHERE name = 'bot'");
    const there = database.prepare(
      `SELECT count(*) AS messages, sum(ifnull(length(body), 0) + ifnull(length(edit_body), 0)) AS bytes
       FROM message JOIN account USING (acct) WHERE name = 'bot'`,
    );
    const before = Number(there.get()?.["messages"]);
    const { store } = opened;

    await store.ingestHistory(Array.from({ length: 11 }, (_, n) => text(`PAST${n}`)));
    store.recordSent(text("ONE"));
    // Two rows: the message that says it, and what waits for the message that it changes.
    store.ingest({
      "messages.upsert": {
        type: "append",
        messages: [editOf(ownKey("LATER"), "new", ownKey("EDIT"))],
      },
    });
    database.exec(
      "INSERT INTO message(acct, id, from_me, chat, ts, expires_at, body) SELECT acct, 'OLDER', 1, 'c', 1, 2, x'0102' FROM account WHERE name = 'bot'",
    );
    expect(Number(there.get()?.["messages"])).toBe(before + 15);
    store.sweep();
    expect(kept.get()).toEqual(there.get());

    store.recordSent(text("LATER"));
    database.exec("DELETE FROM message WHERE id IN ('ONE', 'OLDER')");
    expect(kept.get()).toEqual(there.get());
    database.close();
  });

  test("a newer version of any part, and a part that is not known, are refused untouched", async () => {
    for (const newer of [
      "UPDATE schema_part SET version = version + 1 WHERE name = 'message'",
      "INSERT INTO schema_part(name, version) VALUES ('astrology', 1)",
      "PRAGMA user_version = 3",
    ]) {
      const database = await open(`newer-${newer.length}.db`);
      await (await openStore({ database })).store.close();
      database.exec(newer);
      const before = schemaOf(database);

      await expect(openStore({ database })).rejects.toMatchObject({
        code: "STORE_KIT_SCHEMA_NEWER",
      });
      expect(schemaOf(database)).toEqual(before);
      database.close();
    }
  });

  test("an upgrade that fails leaves the database as it was, and is done the next time", async () => {
    const database = await open("interrupted.db");
    database.exec(await fixture(1));
    const before = schemaOf(database);
    let fails = true;
    const flaky: SqliteDatabase = {
      exec: (sql) => {
        if (fails && sql.startsWith("PRAGMA application_id")) throw new Error("disk full");
        return database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => {},
    };

    await expect(openStore({ database: flaky })).rejects.toMatchObject({
      code: "STORE_KIT_UNAVAILABLE",
    });
    expect(schemaOf(database)).toEqual(before);
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    fails = false;
    await using opened = await openStore({ database: flaky });
    expect(textOf(await opened.store.getMessage(ownKey("TEXT", PN)))).toBe(
      "the bus leaves at nine",
    );
    database.close();
  });

  test("everything is written in the folder of the file", async () => {
    const alone = await mkdtemp(join(folder, "alone-"));
    await using opened = await openStore({ file: join(alone, "messages.db"), driver });
    opened.store.recordSent({ key: ownKey("A"), message: { conversation: "hi" } });

    expect((await readdir(alone)).toSorted()).toEqual([
      "messages.db",
      "messages.db-shm",
      "messages.db-wal",
    ]);
  });
});
