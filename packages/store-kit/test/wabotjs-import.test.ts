import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { proto } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createIdentities, days, importWabotjsJids, importWabotjsMessages } from "@motte/store-kit";
import { type MessagePlace, backends, stopBackends } from "./support/message-places.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  message,
  ownKey,
  revokeOf,
  textOf,
  theirKey,
} from "./support/messages.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-wabotjs-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterAll(stopBackends);

let files = 0;
let source: SqliteDatabase;
let file = "";
beforeEach(async () => {
  file = join(folder, `store-${++files}.sqlite`);
  source = await openSqlite(file);
});
afterEach(() => source.close());

/** As WABotJS writes: bytes as a list of numbers, in JSON, in a BLOB. */
function write(key: string, value: unknown, expire?: number): void {
  source.exec(
    `CREATE TABLE IF NOT EXISTS "values"(
       "key" TEXT NOT NULL, "value" BLOB NOT NULL${expire === undefined ? "" : ', "expire" INTEGER NOT NULL'},
       PRIMARY KEY("key"))`,
  );
  const json = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? { type: "Uint8Array", data: [...part] } : part,
  );
  source
    .prepare(`INSERT INTO "values" VALUES (?, ?${expire === undefined ? "" : ", ?"})`)
    .run(key, Buffer.from(json), ...(expire === undefined ? [] : [expire]));
}

const FRESH = NOW_MS + days(5);

describe.each(await backends())("messages of WABotJS, into $name", (backend) => {
  let place: MessagePlace;
  beforeEach(async () => {
    place = await backend.place();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  test("are answered by id alone, whole, for as long as they would have been", async () => {
    write("3EB0AA", { conversation: "plain" }, FRESH);
    write("3EB0BB", { conversation: "short" }, NOW_MS + 1000);
    await using opened = await place.open();
    const { store, clock } = opened;

    expect(await importWabotjsMessages(file, store, { clock })).toEqual({
      imported: 2,
      skipped: 0,
      unreadable: 0,
    });

    expect(textOf(await store.getMessage(ownKey("3EB0AA", LID)))).toBe("plain");
    expect(textOf(await store.getMessage(ownKey("3EB0AA", GROUP)))).toBe("plain");
    expect(await store.getMessage(theirKey("3EB0AA", PN))).toBeUndefined();
    await clock.advance(1000);
    expect(await store.getMessage(ownKey("3EB0BB"))).toBeUndefined();
    expect(textOf(await store.getMessage(ownKey("3EB0AA")))).toBe("plain");
    await clock.advance(days(5) - 1000);
    expect(await store.getMessage(ownKey("3EB0AA"))).toBeUndefined();
  });

  test("keep their bytes, enums and long numbers, whichever way the JSON has them", async () => {
    const styled = proto.Message.fromObject({
      extendedTextMessage: { text: "styled", font: 2 },
      imageMessage: { mediaKey: Buffer.alloc(32, 9), fileLength: 2 ** 40 },
      messageContextInfo: { messageSecret: Buffer.alloc(32, 7) },
    });
    // A decoded message turns itself into names and base64; a plain object keeps numbers and tagged bytes.
    const decoded = proto.Message.decode(proto.Message.encode(styled).finish());
    write("3EB01", decoded, FRESH);
    write(
      "3EB02",
      {
        extendedTextMessage: { text: "styled", font: 2 },
        imageMessage: { mediaKey: new Uint8Array(32).fill(9), fileLength: String(2 ** 40) },
        messageContextInfo: { messageSecret: { type: "Buffer", data: Array(32).fill(7) } },
      },
      FRESH,
    );
    await using opened = await place.open();
    await importWabotjsMessages(source, opened.store, { clock: opened.clock });

    for (const id of ["3EB01", "3EB02"]) {
      const found = await opened.store.getMessage(ownKey(id));
      expect(proto.Message.encode(found ?? {}).finish()).toEqual(
        proto.Message.encode(styled).finish(),
      );
    }
  });

  test("are only those that the bot can have sent, that have not expired and that are messages", async () => {
    write("3A0123", { conversation: "from a phone" }, FRESH);
    write("3EB0OLD", { conversation: "old" }, NOW_MS);
    write("3EB0BAD", "no message", FRESH);
    write("3EB0ODD", { imageMessage: "no image" }, FRESH);
    write("3EB0OK", { conversation: "ok" }, FRESH);
    source.prepare(`UPDATE "values" SET value = ? WHERE key = '3EB0BAD'`).run(Buffer.from("{"));
    await using opened = await place.open();
    const { store, clock } = opened;

    expect(await importWabotjsMessages(source, store, { clock })).toEqual({
      imported: 1,
      skipped: 2,
      unreadable: 2,
    });
    expect(await store.getMessage(ownKey("3A0123"))).toBeUndefined();
    await importWabotjsMessages(source, store, { clock, isOwn: (id) => id.startsWith("3A") });
    expect(textOf(await store.getMessage(ownKey("3A0123")))).toBe("from a phone");
  });

  test("give way to what is recorded under the id, and to its revoke", async () => {
    write("3EB0AA", { conversation: "imported" }, FRESH);
    write("3EB0BB", { conversation: "imported" }, FRESH);
    await using opened = await place.open();
    const { store, clock } = opened;
    await importWabotjsMessages(source, store, { clock });
    await store.recordSent(message(ownKey("3EB0AA", GROUP), "recorded"));
    await store.recordSent(revokeOf(ownKey("3EB0BB"), ownKey("R")));

    expect(textOf(await store.getMessage(ownKey("3EB0AA", GROUP)))).toBe("recorded");
    expect(await store.getMessage(ownKey("3EB0AA", "elsewhere@g.us"))).toBeUndefined();
    expect(await store.getMessage(ownKey("3EB0BB"))).toBeUndefined();
  });

  test("more than fit into one step all come", async () => {
    source.exec("BEGIN");
    for (let index = 0; index < 1100; index++) write(`3EB0${index}`, { conversation: "x" }, FRESH);
    source.exec("COMMIT");
    await using opened = await place.open();
    const report = await importWabotjsMessages(source, opened.store, { clock: opened.clock });

    expect(report.imported).toBe(1100);
    expect(await opened.store.getMessage(ownKey("3EB01099"))).toBeDefined();
  });
});

test("LIDs and PNs of WABotJS are learned, both ways round, and give way to anything newer", async () => {
  write("111@lid", "4911@s.whatsapp.net");
  write("4922@s.whatsapp.net", "222@lid");
  write("4933:4@s.whatsapp.net", "333@lid");
  write("nonsense", { of: "course" });
  write("120@g.us", "444@lid");
  const identities = createIdentities();
  identities.learn({ lid: "999@lid", pn: "4922@s.whatsapp.net", atMs: NOW_MS, source: "stanza" });

  const report = await importWabotjsJids(source, identities);

  expect(report.new + report.stale).toBe(3);
  expect(identities.pnOf("111@lid")).toBe("4911@s.whatsapp.net");
  expect(identities.lidOf("4933@s.whatsapp.net")).toBe("333@lid");
  expect(identities.lidOf("4922@s.whatsapp.net")).toBe("999@lid");
});

test("what is no store of WABotJS is refused, and nothing is made or changed", async () => {
  const note = join(folder, "note.txt");
  await writeFile(note, "x".repeat(3000));
  source.exec("CREATE TABLE other(x)");
  const identities = createIdentities();
  const before = (await readdir(folder)).length;

  for (const wrong of [note, join(folder, "missing.sqlite"), file, source]) {
    await expect(importWabotjsJids(wrong, identities)).rejects.toMatchObject({
      code: "STORE_KIT_IMPORT_UNREADABLE",
    });
  }
  expect((await readdir(folder)).length).toBe(before);
});
