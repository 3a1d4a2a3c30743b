import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { days } from "@motte/store-kit";
import { ME, realEvents } from "./support/baileys-events.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  textOf,
  theirKey,
} from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

/** A handle whose calls can be overridden, since a driver's own methods need their object. */
function wrap(database: SqliteDatabase): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    close: () => database.close(),
  };
}

const withoutWaiting = (sql: string): string =>
  sql.replace(/busy_timeout = \d+/, "busy_timeout = 0");

const available = await availableSqliteDrivers();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-messages-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(available)("with %s", (driver) => {
  const inFolder = (name: string): string => join(folder, `${driver.replace(":", "-")}-${name}`);

  test("a sent message is there after the store was closed and opened again, with its secret", async () => {
    const file = inFolder("reopen.db");
    {
      await using opened = await openStore({ file, driver });
      opened.store.recordSent(message(ownKey("A"), poll(7)));
    }
    await using reopened = await openStore({ file, driver });

    const found = await reopened.store.getMessage(ownKey("A"));

    expect(found?.pollCreationMessage?.name).toBe("tea?");
    expect(found?.messageContextInfo?.messageSecret).toEqual(Buffer.alloc(32, 7));
    expect(reopened.errors).toEqual([]);
  });

  test("only the owner may read the file and what SQLite puts beside it", async () => {
    const file = inFolder("private.db");
    await using opened = await openStore({ file, driver });
    opened.store.recordSent(message(ownKey("A"), "hi"));

    const beside = (await readdir(folder)).filter((name) => join(folder, name).startsWith(file));

    expect(beside.length).toBeGreaterThan(1);
    for (const name of beside) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    }
  });

  test("a handle is used and stays open", async () => {
    const database = await openSqlite(inFolder("handle.db"), { driver });
    const { store } = await openStore({ database });
    store.recordSent(message(ownKey("A"), "hi"));
    await store.close();

    const row = database.prepare("SELECT count(*) AS rows FROM message").get();
    database.close();

    expect(row?.["rows"]).toBe(1);
  });

  test("accounts of one file do not see each other's messages", async () => {
    const file = inFolder("accounts.db");
    await using one = await openStore({ file, driver, account: "one" });
    await using two = await openStore({ file, driver, account: "two" });

    one.store.recordSent(message(ownKey("A"), "from one"));
    two.store.recordSent(message(ownKey("B"), "from two"));

    expect(textOf(await one.store.getMessage(ownKey("A")))).toBe("from one");
    expect(await two.store.getMessage(ownKey("A"))).toBeUndefined();
    expect(await one.store.getMessage(ownKey("B"))).toBeUndefined();
  });

  test("a store of a newer release is refused and left alone", async () => {
    const file = inFolder("newer.db");
    await (await openStore({ file, driver })).store.close();
    const database = await openSqlite(file, { driver });
    database.exec("PRAGMA user_version = 99");

    await expect(openStore({ file, driver })).rejects.toMatchObject({
      code: "STORE_KIT_SCHEMA_NEWER",
    });
    expect(database.prepare("PRAGMA user_version").get()?.["user_version"]).toBe(99);
    database.close();
  });

  test("somebody else's database is refused and left alone", async () => {
    const file = inFolder("foreign.db");
    const database = await openSqlite(file, { driver });
    database.exec("CREATE TABLE session(key TEXT)");

    await expect(openStore({ file, driver })).rejects.toMatchObject({
      code: "STORE_KIT_FOREIGN_DATABASE",
    });
    const tables = database.prepare("SELECT name FROM sqlite_master").all();
    const mode = database.prepare("PRAGMA journal_mode").get();
    database.close();

    expect(tables).toEqual([{ name: "session" }]);
    expect(mode?.["journal_mode"]).toBe("delete");
  });

  test("a store that another connection has locked is unavailable, and opens later", async () => {
    const database = await openSqlite(inFolder("busy.db"), { driver });
    database.exec("CREATE TABLE x(y); DROP TABLE x; BEGIN EXCLUSIVE");
    const impatient = await openSqlite(inFolder("busy.db"), { driver });
    const hurry = {
      ...wrap(impatient),
      exec: (sql: string) => impatient.exec(withoutWaiting(sql)),
    };

    await expect(openStore({ database: hurry })).rejects.toMatchObject({
      code: "STORE_KIT_UNAVAILABLE",
      retryable: true,
    });
    database.exec("ROLLBACK");
    const { store } = await openStore({ database: hurry });
    await store.close();
    impatient.close();
    database.close();
  });

  test("a file that is no database is refused and left alone", async () => {
    const file = inFolder("note.txt");
    await writeFile(file, "x".repeat(5000));

    await expect(openStore({ file, driver })).rejects.toMatchObject({
      code: "STORE_KIT_FOREIGN_DATABASE",
    });
    expect((await stat(file)).size).toBe(5000);
  });
});

const absent = (["node:sqlite", "better-sqlite3"] as const).filter(
  (driver) => !available.includes(driver),
);

describe("before anything is created", () => {
  test.each(absent)("a driver that is not there, %s, is refused", async (driver) => {
    const file = join(folder, "no-driver.db");

    await expect(openStore({ file, driver })).rejects.toMatchObject({ code: "USAGE_MISSING_PEER" });
    expect(await readdir(folder)).not.toContain("no-driver.db");
  });

  test.each([
    ["no account", { account: "" }, "USAGE_INVALID_OPTION"],
    ["a misspelt option", { acount: "x" }, "USAGE_UNKNOWN_OPTION"],
    ["no place to store", { file: "" }, "USAGE_INVALID_OPTION"],
    ["a life of more than a week", { retention: { maxAge: days(8) } }, "USAGE_INVALID_OPTION"],
    ["a life of nothing", { retention: { maxAge: days(0) } }, "USAGE_INVALID_OPTION"],
    ["room for half a message", { retention: { maxMessages: 0.5 } }, "USAGE_INVALID_OPTION"],
  ])("%s is refused", async (_what, options, code) => {
    const file = join(folder, "never.db");

    await expect(openStore({ file, ...options })).rejects.toMatchObject({ code });
    expect(await readdir(folder)).not.toContain("never.db");
  });

  test("a missing folder, or a folder in place of the file, is refused", async () => {
    const missing = join(folder, "missing", "messages.db");
    const aFolder = join(folder, "a-folder");
    await mkdir(aFolder);

    for (const file of [missing, aFolder, join(aFolder, "x", "y.db")]) {
      await expect(openStore({ file })).rejects.toMatchObject({ code: "USAGE_UNREADABLE_PATH" });
    }
    expect(await readdir(aFolder)).toEqual([]);
  });
});

describe("getMessage", () => {
  test("answers undefined for what was never sent, and for a key that names nothing", async () => {
    await using opened = await openStore();
    const { getMessage } = opened.store;

    expect(await getMessage(ownKey("A"))).toBeUndefined();
    expect(await getMessage({})).toBeUndefined();
    expect(await getMessage({ id: "A" })).toBeUndefined();
    expect(opened.errors).toEqual([]);
  });

  test("answers undefined and reports when there is no key, the store is closed or SQLite fails", async () => {
    const database = await openSqlite(":memory:");
    const { store, errors } = await openStore({ database });
    store.recordSent(message(ownKey("A"), "hi"));

    // @ts-expect-error a caller without types
    expect(await store.getMessage(undefined)).toBeUndefined();
    database.exec("DROP TABLE message");
    expect(await store.getMessage(ownKey("B"))).toBeUndefined();
    expect(() => store.load(ownKey("B"))).toThrowError(
      expect.objectContaining({ code: "STORE_KIT_UNAVAILABLE" }),
    );
    await store.close();
    expect(await store.getMessage(ownKey("A"))).toBeUndefined();
    database.close();

    expect(errors).toHaveLength(3);
    expect(errors.slice(1)).toEqual(["STORE_KIT_UNAVAILABLE", "USAGE_CLOSED"]);
  });

  test("a receipt from the other form of the chat finds the message by its alternative address", async () => {
    await using opened = await openStore();
    opened.store.recordSent(message(ownKey("A", PN, { remoteJidAlt: LID }), "to PN"));
    opened.store.recordSent(message(ownKey("A", "5522@s.whatsapp.net"), "to somebody else"));

    expect(textOf(await opened.store.getMessage(ownKey("A", "888:12@lid")))).toBe("to PN");
    expect(await opened.store.getMessage(ownKey("A", "999@lid"))).toBeUndefined();
  });

  test("an address nothing links to the chat is believed only for an id sent to one person", async () => {
    await using opened = await openStore();
    opened.store.recordSent(message(ownKey("A"), "only one"));
    opened.store.recordSent(message(ownKey("B"), "one of two"));
    opened.store.recordSent(message(ownKey("B", "5522@s.whatsapp.net"), "two of two"));
    opened.store.recordSent(message(ownKey("C", GROUP), "to the group"));

    expect(textOf(await opened.store.getMessage(ownKey("A", LID)))).toBe("only one");
    expect(await opened.store.getMessage(ownKey("A", "5522@s.whatsapp.net"))).toBeUndefined();
    expect(await opened.store.getMessage(ownKey("B", LID))).toBeUndefined();
    expect(await opened.store.getMessage(ownKey("C", LID))).toBeUndefined();
    expect(await opened.store.getMessage(ownKey("A", GROUP))).toBeUndefined();
  });

  test("and not at all when that is switched off", async () => {
    await using opened = await openStore({ matchUnmappedLid: false });
    opened.store.recordSent(message(ownKey("A"), "only one"));

    expect(await opened.store.getMessage(ownKey("A", LID))).toBeUndefined();
  });

  test("a known alternative address rules out every other one", async () => {
    await using opened = await openStore();
    opened.store.recordSent(message(ownKey("A", PN, { remoteJidAlt: LID }), "to PN"));

    expect(await opened.store.getMessage(ownKey("A", "999@lid"))).toBeUndefined();
  });

  test("our own JID as the alternative address of a chat is not believed", async () => {
    await using opened = await openStore({ me: ME });
    opened.store.recordSent(message(ownKey("A", LID, { remoteJidAlt: ME.id }), "to LID"));
    opened.store.recordSent(message(ownKey("A", "5522@s.whatsapp.net"), "to somebody else"));

    expect(await opened.store.getMessage(ownKey("A", "4910@s.whatsapp.net"))).toBeUndefined();
    expect(textOf(await opened.store.getMessage(ownKey("A", LID)))).toBe("to LID");
  });

  test("our event is found by a key that names it from the answerer's side", async () => {
    await using opened = await openStore({ me: () => ME });
    opened.store.recordSent(message(ownKey("E"), poll(1)));
    opened.store.recordSent(message(ownKey("G", GROUP), poll(2)));

    const inDirectChat = await opened.store.getMessage(theirKey("E", "777@lid"));
    const inGroup = await opened.store.getMessage(theirKey("G", GROUP, "4910@s.whatsapp.net"));

    expect(inDirectChat?.messageContextInfo?.messageSecret?.[0]).toBe(1);
    expect(inGroup?.messageContextInfo?.messageSecret?.[0]).toBe(2);
  });

  test("somebody else's poll is answered under its own key and never as ours", async () => {
    await using opened = await openStore();
    const events = realEvents();
    opened.store.bind(events.ev);
    await events.upsert(message(theirKey("P", GROUP, LID), poll(3)));

    expect(await opened.store.getMessage(theirKey("P", GROUP, "888:4@lid"))).toBeDefined();
    expect(await opened.store.getMessage(theirKey("P", GROUP))).toBeDefined();
    expect(await opened.store.getMessage(theirKey("P", GROUP, "999@lid"))).toBeUndefined();
    expect(await opened.store.getMessage(ownKey("P", GROUP))).toBeUndefined();
  });

  test("a damaged body is never handed out, and is reported", async () => {
    const database = await openSqlite(":memory:");
    await using opened = await openStore({ database });
    opened.store.recordSent(message(ownKey("A"), "hello there"));

    for (const damage of [
      "substr(body, 1, length(body) - 2)",
      "substr(body, 1, 3)",
      "x'0201000000000a0161'",
      "x'0109000000000a0161'",
      "body || x'00'",
    ]) {
      database.exec("SAVEPOINT intact");
      database.exec(`UPDATE message SET body = ${damage}`);
      expect(await opened.store.getMessage(ownKey("A"))).toBeUndefined();
      database.exec("ROLLBACK TO intact; RELEASE intact");
    }

    expect(opened.errors).toEqual(Array.from({ length: 5 }, () => "STORE_KIT_BODY_UNREADABLE"));
    expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("hello there");
    database.close();
  });
});

describe("recordSent", () => {
  test("keeps the first body and time of an id, whatever comes later", async () => {
    await using opened = await openStore();
    opened.store.recordSent(message(ownKey("A"), "first", NOW_MS - 5000));
    opened.store.recordSent(message(ownKey("A"), "second", NOW_MS));

    const stored = opened.store.load(ownKey("A"));

    expect(textOf(stored?.message)).toBe("first");
    expect(stored?.sentAtMs).toBe(NOW_MS - 5000);
  });

  test("writes nothing for what is expired already, nor for what comes again", async () => {
    const database = await openSqlite(":memory:");
    await using opened = await openStore({ database });
    const changes = (): unknown => database.prepare("SELECT total_changes() AS n").get()?.["n"];
    const facts = [
      message(ownKey("A", PN, { remoteJidAlt: LID }), "hi"),
      editOf(ownKey("A"), "edited", ownKey("E")),
      message(ownKey("B"), "oops"),
      revokeOf(ownKey("B"), ownKey("R")),
    ];
    for (const fact of facts) opened.store.recordSent(fact);
    const before = changes();

    for (const fact of facts) opened.store.recordSent(fact);
    opened.store.recordSent(message(ownKey("old"), "expired", NOW_MS - days(5)));

    expect(changes()).toBe(before);
    database.close();
  });

  test("takes a snapshot: what Baileys does to its object later does not show", async () => {
    await using opened = await openStore();
    const sent = message(ownKey("A"), "as sent");
    opened.store.recordSent(sent);
    sent.message = { conversation: "changed" };
    sent.key.id = "B";

    expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("as sent");
  });

  test("refuses a message that is not the account's own", async () => {
    await using opened = await openStore();

    expect(() => opened.store.recordSent(message(theirKey("A"), "theirs"))).toThrowError(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });

  test("throws when the message could not be written", async () => {
    const database = await openSqlite(":memory:");
    await using opened = await openStore({ database });
    database.exec("DROP TABLE message");

    expect(() => opened.store.recordSent(message(ownKey("A"), "hi"))).toThrowError(
      expect.objectContaining({ code: "STORE_KIT_UNAVAILABLE", retryable: true }),
    );
    database.close();
  });

  test("does not keep what is to be seen once, what is empty, nor keys meant for our own devices", async () => {
    const database = await openSqlite(":memory:");
    await using opened = await openStore({ database });
    const secret = { imageMessage: { caption: "x" } };
    const contents = [
      { viewOnceMessage: { message: secret } },
      { viewOnceMessageV2: { message: secret } },
      { ephemeralMessage: { message: { viewOnceMessageV2Extension: { message: secret } } } },
      { imageMessage: { caption: "x", viewOnce: true } },
      { protocolMessage: { type: 6, appStateSyncKeyShare: { keys: [] } } },
      {},
    ];
    contents.forEach((content, index) =>
      opened.store.recordSent(message(ownKey(`${index}`), content)),
    );
    opened.store.recordSent({ key: ownKey("none") });

    expect(database.prepare("SELECT id FROM message").all()).toEqual([]);
  });

  test("keeps what `keep` says", async () => {
    await using opened = await openStore({
      keep: ({ message: content }, origin) =>
        origin === "sent" && content?.conversation !== "no" ? "body" : "none",
    });
    opened.store.recordSent(message(ownKey("A"), "yes"));
    opened.store.recordSent(message(ownKey("B"), "no"));

    expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("yes");
    expect(await opened.store.getMessage(ownKey("B"))).toBeUndefined();
  });

  test("load tells the whole key, with its LID and PN forms", async () => {
    await using opened = await openStore();
    const key = ownKey("A", PN, {
      remoteJidAlt: LID,
      participant: "4910@s.whatsapp.net",
      participantAlt: "777@lid",
      addressingMode: "pn",
    });
    opened.store.recordSent(message(key, "hi"));

    expect(opened.store.load(ownKey("A", LID))).toMatchObject({
      key,
      sentAtMs: NOW_MS,
      origin: "sent",
      edited: false,
    });
  });
});
