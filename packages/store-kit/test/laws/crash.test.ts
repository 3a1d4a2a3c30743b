// Whatever statement of SQLite's a process dies at, or fails at, what it leaves is what it had after some flush.
import { mkdtemp, rm } from "node:fs/promises";
import { copyFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BaileysEventMap } from "@whiskeysockets/baileys";
import { proto } from "@whiskeysockets/baileys";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { ManualClock } from "@motte/core/manual-clock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatStore, createIdentities, days, openMessageStore, openTables } from "@motte/store-kit";
import { ME } from "../support/baileys-events.ts";
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
} from "../support/messages.ts";

type Flush = Partial<BaileysEventMap>;

const ANN = "101@lid";
const { READ } = proto.WebMessageInfo.Status;
const told = (...messages: ReturnType<typeof message>[]): Flush => ({
  "messages.upsert": { messages, type: "notify" },
});
const hers = (id: string) => theirKey(id, GROUP, ANN);

/** One flush after another, with everything that writes. */
const LOG: readonly Flush[] = [
  told(message({ ...theirKey("A", LID), remoteJidAlt: PN }, "one"), message(hers("B"), "two")),
  told(message(ownKey("OWN", PN, { remoteJidAlt: LID }), "mine"), message(hers("P"), poll(1))),
  told(editOf(ownKey("OWN"), "mine, edited", ownKey("E"))),
  {
    "messages.update": [
      { key: ownKey("OWN"), update: { status: READ, messageTimestamp: NOW_MS / 1000 } },
    ],
    "chats.update": [{ id: LID, unreadCount: 0, archived: true }],
  },
  told(revokeOf(hers("B"), hers("R")), message(theirKey("C", PN), "three")),
  told(revokeOf(hers("LATE"), hers("R2"))),
  told(message(hers("LATE"), "revoked before it came"), message(hers("D"), "four")),
  { "messages.delete": { keys: [theirKey("A", LID)] } },
  { "lid-mapping.update": { lid: "102@lid", pn: "49102@s.whatsapp.net" } },
  { "chats.delete": [GROUP] },
  told(message(hers("AFTER"), "after the deletion", NOW_MS + 1000)),
];

interface Stores {
  take(flush: Flush): void;
  view(): string;
  close(): Promise<void>;
  readonly errors: readonly unknown[];
}

/** The stores of one account on one handle. */
async function open(database: SqliteDatabase): Promise<Stores> {
  const clock = new ManualClock(NOW_MS + 10_000);
  const errors: unknown[] = [];
  const common = { clock, onError: (error: Error) => void errors.push(error) };
  const tables = await openTables({ database, account: "bot" });
  const identities = createIdentities({ me: ME, tables, ...common });
  const chats = chatStore({ identities, tables, ...common });
  const messages = await openMessageStore({
    database,
    account: "bot",
    identities,
    me: ME,
    keep: () => "body",
    baileys: { proto },
    sweepEvery: days(1),
    ...common,
  });
  return {
    errors,
    take: (flush) => {
      identities.ingest(flush);
      chats.ingest(flush);
      messages.ingest(flush);
    },
    view: () => {
      const jids = [LID, GROUP];
      return JSON.stringify({
        chats: jids.map((jid) => {
          const { unread, archived, lastMessageAtMs } = chats.get(jid) ?? {};
          return { unread, archived, lastMessageAtMs };
        }),
        messages: jids.map((jid) =>
          messages
            .page(jid, { limit: 100 })
            .messages.map((one) => [one.key.id, textOf(one.message), one.status, one.edited]),
        ),
        pairs: [identities.lidOf(PN), identities.lidOf("49102@s.whatsapp.net")],
      });
    },
    close: async () => {
      await messages.close();
      tables.close();
    },
  };
}

/** A handle on which `onStatement` is called before each statement, and may throw. */
function watched(database: SqliteDatabase, onStatement: () => void): SqliteDatabase {
  const before = <A extends unknown[], R>(work: (...args: A) => R) => {
    return (...args: A): R => {
      onStatement();
      return work(...args);
    };
  };
  return {
    exec: before((sql) => database.exec(sql)),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        run: before((...args) => statement.run(...args)),
        get: before((...args) => statement.get(...args)),
        all: before((...args) => statement.all(...args)),
        iterate: before((...args) => statement.iterate(...args)),
      };
    },
    close: () => database.close(),
  };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-crash-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What can be seen after each flush, from none at all on. */
async function viewsOf(log: readonly Flush[]): Promise<readonly string[]> {
  const database = await openSqlite(":memory:");
  const stores = await open(database);
  const views = [stores.view()];
  for (const flush of log) {
    stores.take(flush);
    views.push(stores.view());
  }
  expect(stores.errors).toEqual([]);
  await stores.close();
  database.close();
  return views;
}

test("a process that dies before any one of its statements leaves what it had after a flush, give or take the one it was in", async () => {
  const views = await viewsOf(LOG);
  expect(new Set(views).size).toBeGreaterThan(LOG.length - 2);
  const file = join(folder, "dies.db");
  const left: { readonly name: string; readonly flush: number }[] = [];
  let flush = -1;
  const database = await openSqlite(file);
  const stores = await open(
    watched(database, () => {
      // As the process would leave its files: what it has not committed is not in them, or not valid.
      const name = join(folder, `left-${left.length}.db`);
      copyFileSync(file, name);
      if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${name}-wal`);
      left.push({ name, flush });
    }),
  );
  for (flush = 0; flush < LOG.length; flush++) stores.take(LOG[flush] ?? {});
  expect(stores.errors).toEqual([]);
  expect(stores.view()).toBe(views.at(-1));
  await stores.close();
  database.close();
  expect(left.length).toBeGreaterThan(100);

  for (const [index, { name, flush: during }] of left.entries()) {
    const reopened = await openSqlite(name);
    const after = await open(reopened);
    const check = reopened.prepare("PRAGMA integrity_check").get();
    expect(check).toEqual({ integrity_check: "ok" });
    const last = views.length - 1;
    const [before, behind] = [Math.max(during, 0), Math.min(during + 1, last)];
    const possible = partly(views[before], views[behind]);
    expect(possible).toContain(after.view());
    // What was not taken in is told again, and all is there. Now and then, since it takes longest.
    const rest = index % 10 === 0 ? LOG.slice(before) : [];
    for (const each of rest) after.take(each);
    expect(rest.length === 0 || after.view() === views[last]).toBe(true);
    expect(after.errors).toEqual([]);
    await after.close();
    reopened.close();
    await rm(name);
    await rm(`${name}-wal`, { force: true });
  }
}, 120_000);

test("a statement that fails costs its store what the flush says to it, and nothing else", async () => {
  const whole = (await viewsOf(LOG)).at(-1);
  const without: (string | undefined)[] = [];
  for (const lost of LOG.keys()) {
    without.push((await viewsOf(LOG.filter((_, index) => index !== lost))).at(-1));
  }
  let statements = Number.POSITIVE_INFINITY;
  for (let failing = 1; failing <= statements; failing++) {
    const database = await openSqlite(":memory:");
    let count = 0;
    let isArmed = false;
    const stores = await open(
      watched(database, () => {
        if (isArmed && ++count === failing) throw new Error("disk I/O error");
      }),
    );
    let lost = 0;
    for (const [index, flush] of LOG.entries()) {
      isArmed = true;
      if (count < failing) lost = index;
      stores.take(flush);
      isArmed = false;
    }
    if (count < failing) statements = count;
    const hasFailed = count >= failing;
    expect(stores.errors).toHaveLength(Number(hasFailed));
    expect(hasFailed ? partly(whole, without[lost]) : [whole]).toContain(stores.view());
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    // No transaction was left open.
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    await stores.close();
    database.close();
  }
  expect(statements).toBeGreaterThan(50);
}, 120_000);

/** Each store writes a flush by itself: a process may die between two of them. */
function partly(before = "", after = ""): readonly string[] {
  const [a, b]: readonly Record<string, unknown>[] = [JSON.parse(before), JSON.parse(after)];
  const names = Object.keys(a ?? {});
  return names
    .reduce<readonly Record<string, unknown>[]>(
      (mixed, name) =>
        mixed.flatMap((one) => [
          { ...one, [name]: a?.[name] },
          { ...one, [name]: b?.[name] },
        ]),
      [{}],
    )
    .map((one) => JSON.stringify(one));
}
